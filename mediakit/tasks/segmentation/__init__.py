"""Segmentation: a photo in, the class of each pixel out."""

COMMAND = "segment"
MIN_SCORE = 0.15  # below it a class is left out by default: more would cost more right regions than wrong ones
