"""Text: words and subwords."""
