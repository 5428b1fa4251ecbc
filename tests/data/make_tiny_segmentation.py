"""Make tests/data/tiny_segmentation: a segmenter that gives each pixel the class of its strongest colour, black the background.

python tests/data/make_tiny_segmentation.py
"""

from pathlib import Path

import keras
import numpy as np

from mediakit.media.masks import MaskClass, class_table
from mediakit.runtime import model_folder
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).parent / "tiny_segmentation"
CLASSES = (
    MaskClass(0, "background", (0, 0, 0)),
    MaskClass(3, "red", (255, 0, 0)),
    MaskClass(5, "green", (0, 255, 0)),
    MaskClass(9, "blue", (0, 0, 255)),
)


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    image = keras.Input((32, 48, 3), name="image")
    pooled = keras.layers.AveragePooling2D(4)(image)
    scores = keras.layers.Conv2D(4, 1, name="scores")(pooled)
    model = keras.Model({"image": image}, {"probabilities": keras.ops.softmax(scores)})
    kernel = np.hstack([np.zeros((3, 1)), np.eye(3)]).reshape(1, 1, 3, 4) / 10
    model.get_layer("scores").set_weights([kernel, np.array([13.0, 0, 0, 0])])
    networks = {"segmenter": export_network(Export(model, batch=1), FOLDER / "segmenter.tflite")}
    (FOLDER / "classes.tsv").write_text(class_table(CLASSES), encoding="utf-8")
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "segmentation/tiny",
            "task": "segmentation",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"classes": "red,green,blue"},
            "parameters": 16,
            "license": "Apache-2.0",
            "summary": "Gives each pixel the class of its strongest colour.",
            "networks": networks,
            "files": {"classes": model_folder.describe_file(FOLDER / "classes.tsv")},
        },
    )


if __name__ == "__main__":
    main()
