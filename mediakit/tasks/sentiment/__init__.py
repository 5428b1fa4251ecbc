"""Sentiment: text in, whether it is positive out, for the whole, for its clauses, and by which words."""

COMMAND = "sentiment"
