"""Run time: model folders, LiteRT networks, decoding. NumPy only; nothing here imports TensorFlow."""
