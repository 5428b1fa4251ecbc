"""A package of somebody else's that brings a task and a recipe: numbers in, their doubles out."""
