"""Keras layers and backbones that Keras lacks, written with keras.ops so that they run on any Keras backend."""
