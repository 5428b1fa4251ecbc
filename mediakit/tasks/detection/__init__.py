"""Object detection: an image in, boxes around the things in it out."""

COMMAND = "detect"
