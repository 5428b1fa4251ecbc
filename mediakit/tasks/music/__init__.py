"""Music: a seed, a melody or a primer in, a piece out."""

COMMAND = "compose"
