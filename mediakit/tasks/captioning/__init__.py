"""Captioning: a photo in, a sentence out."""

COMMAND = "caption"
MIN_SCORE = 0.25  # below it most captions are wrong: commands name what is probably in the photo instead
