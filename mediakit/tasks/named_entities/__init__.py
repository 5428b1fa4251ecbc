"""Named entities: text in, its persons, places and organisations out."""

COMMAND = "entities"
