"""Make tests/data/tiny_classification: a classifier of 8 x 8 RGB images that names the strongest colour.

python tests/data/make_tiny_classification.py
"""

from pathlib import Path

import keras
import numpy as np

from mediakit.runtime import model_folder
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).parent / "tiny_classification"


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    image = keras.Input((8, 8, 3), name="image")
    scores = keras.layers.Dense(3, use_bias=False, name="scores")(keras.ops.mean(image, axis=(1, 2)))
    model = keras.Model({"image": image}, {"probabilities": keras.ops.softmax(scores)})
    model.get_layer("scores").kernel.assign(np.eye(3) / 50)
    networks = {"classifier": export_network(Export(model, batch=1), FOLDER / "classifier.tflite")}
    (FOLDER / "classes.txt").write_text("red\ngreen\nblue\n", encoding="utf-8")
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "classification/tiny",
            "task": "classification",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"size": 8, "channels": 3},
            "parameters": 9,
            "license": "Apache-2.0",
            "summary": "Names the strongest colour.",
            "networks": networks,
            "files": {"classes": model_folder.describe_file(FOLDER / "classes.txt")},
        },
    )


if __name__ == "__main__":
    main()
