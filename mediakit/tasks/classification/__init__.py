"""Classification: an image in, the probability of each class out."""

COMMAND = "classify"
