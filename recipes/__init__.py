"""Recipes: whole models, each in one file to be read from top to bottom. They need the extra `train`."""
