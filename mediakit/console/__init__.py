"""What commands share: options, paths, text input, output files, results, progress."""
