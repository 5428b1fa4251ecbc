"""Media files: reading, drawing, writing."""
