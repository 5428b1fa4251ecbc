"""Traffic: the speeds of a network's roads in, those of the next hour out."""

COMMAND = "traffic"
