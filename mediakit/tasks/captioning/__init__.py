"""Captioning: a photo in, a sentence out."""

COMMAND = "caption"
