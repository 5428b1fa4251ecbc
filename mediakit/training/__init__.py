"""Training of recipes: one loop for one device, many, or several machines. Needs the extra `train`."""
