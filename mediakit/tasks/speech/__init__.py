"""Speech: words as labels in, sound out, sample by sample."""

COMMAND = "say"
