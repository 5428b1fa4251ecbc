"""Writes `tiny_detection`: a detector of red and blue squares, whose default boxes are the sixteen quarters of quarters of an image.

python tests/data/make_tiny_detection.py
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

from mediakit.runtime import model_folder
from mediakit.tasks.detection.boxes import default_boxes
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).parent / "tiny_detection"
CLASSES = ("red", "blue")
SIZE, CELL = 32, 8  # pixels


def network() -> keras.Model:
    """The logit of a class is 5 where a cell is full of its colour, and -5 where it is grey. Boxes are the default boxes."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    colour = layers.AveragePooling2D(CELL)(layers.Rescaling(1 / 250)(image))
    kernel = np.array([[10, -10], [-10, -10], [-10, 10]], np.float32)
    logits = layers.Conv2D(2, 1, name="class")
    offsets = layers.Conv2D(4, 1, kernel_initializer="zeros", name="offset")
    outputs = {"logits": layers.Reshape((-1, 2))(logits(colour)), "offsets": layers.Reshape((-1, 4))(offsets(colour))}
    logits.set_weights([kernel.reshape(1, 1, 3, 2), np.full(2, -5, np.float32)])
    return keras.Model({"image": image}, outputs)


def main() -> None:
    """Write the model folder."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "classes.txt").write_text("\n".join(CLASSES) + "\n", encoding="utf-8")
    np.save(FOLDER / "default_boxes.npy", default_boxes(SIZE, [CELL], 1.0, [1.0]))
    networks = {"detector": export_network(Export(network(), 1), FOLDER / "detector.tflite")}
    files = {name.partition(".")[0]: model_folder.describe_file(FOLDER / name) for name in ("classes.txt", "default_boxes.npy")}
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "detection/tiny",
            "task": "detection",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"size": SIZE},
            "parameters": 16,
            "license": "Apache-2.0",
            "summary": "Finds red and blue squares.",
            "networks": networks,
            "files": files,
        },
    )


if __name__ == "__main__":
    main()
