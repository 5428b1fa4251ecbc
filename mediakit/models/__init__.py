"""The shipped model folders (data, not code)."""
