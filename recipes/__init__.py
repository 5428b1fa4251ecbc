"""Recipes: whole models, each to be read from top to bottom. They need the extra `train`."""

import mediakit.training  # noqa: F401 - starts TensorFlow quietly, before a recipe imports it
