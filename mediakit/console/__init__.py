"""What commands share: options, output files, JSON lines, progress, text input."""
