"""Make tests/data/tiny_colorize, which gives white a red tinge, and tests/data/tiny_inverter, which makes negatives.

python tests/data/make_tiny_image_to_image.py
"""

from pathlib import Path

import keras
import numpy as np

from mediakit.runtime import model_folder
from mediakit.training.export import export_network
from mediakit.training.recipe import Export


def colorizer() -> keras.Model:
    """Grey in 0..255 to an a* of 0..40 and a b* of 0, at half the resolution."""
    source = keras.Input((32, 32, 1), name="source")
    chroma = keras.layers.Conv2D(2, 1, name="chroma")
    model = keras.Model({"source": source}, {"chroma": chroma(keras.layers.AveragePooling2D(2)(source))})
    chroma.set_weights([np.array([40 / 255, 0]).reshape(1, 1, 1, 2), np.zeros(2)])
    return model


def inverter() -> keras.Model:
    """An image in 0..255 to its negative."""
    source = keras.Input((32, 32, 3), name="source")
    image = keras.layers.Conv2D(3, 1, name="image")
    model = keras.Model({"source": source}, {"image": image(source)})
    image.set_weights([-np.eye(3).reshape(1, 1, 3, 3), np.full(3, 255.0)])
    return model


def write(name: str, model: keras.Model, kind: str, summary: str) -> None:
    """Write a model folder."""
    folder = Path(__file__).parent / name
    folder.mkdir(exist_ok=True)
    model_folder.write_manifest(
        folder,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": f"image_to_image/{name}",
            "task": "image_to_image",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"kind": kind},
            "parameters": int(model.count_params()),
            "license": "Apache-2.0",
            "summary": summary,
            "networks": {"generator": export_network(Export(model, batch=1), folder / "generator.tflite")},
            "files": {},
        },
    )


if __name__ == "__main__":
    write("tiny_colorize", colorizer(), "photos", "Gives white a red tinge.")
    write("tiny_inverter", inverter(), "pairs", "Makes negatives.")
