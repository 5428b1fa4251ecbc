"""Film genres: a trailer or a folder of frames in, the probability of each genre out."""

COMMAND = "genre"
