"""Translation: text in one language in, text in another out."""

COMMAND = "translate"
UNFAMILIAR = 0.1  # a score below which a text is said to be unlike what the model learned from
