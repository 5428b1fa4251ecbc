"""Image to image: a grey photo in, its colours out; or any image in, another one of its size out."""

COMMAND = "colorize"
