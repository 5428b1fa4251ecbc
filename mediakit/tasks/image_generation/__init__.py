"""Image generation: seeds in, images out."""

COMMAND = "synthesize"
