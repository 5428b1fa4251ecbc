"""Segmentation: a photo in, the class of each pixel out."""

COMMAND = "segment"
