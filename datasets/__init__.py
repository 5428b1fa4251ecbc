"""Data sets in their published layouts, read into plain typed examples. Nothing here opens the network unless asked to fetch."""
