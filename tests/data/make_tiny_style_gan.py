"""Make `tests/data/tiny_style_gan` and `tests/data/tiny_dcgan`, generators with hand-set weights and so with known images.

    python tests/data/make_tiny_style_gan.py

The StyleGAN draws a disc on a transparent ground. The two coarse layers set the colour of its left half, the two fine ones that of its
right half; a class is a colour. The DCGAN draws grey squares. The files are exported like a trained model's, which needs the extra
`train`.
"""

import datetime
from pathlib import Path

import keras
import numpy as np
from keras import ops

from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

HERE = Path(__file__).parent
CLASSES = ("Red & Warm", "Green", "Blue")
SIZE, LATENT, LAYERS = 8, 4, 4


def dense(weights: np.ndarray, x):
    """`x` times fixed weights."""
    return keras.layers.Dense(weights.shape[1], use_bias=False, kernel_initializer=keras.initializers.Constant(weights))(x)


def mapping() -> keras.Model:
    """A style is an amount of each primary colour, set mostly by the class and a little by the latent."""
    latent, label = keras.Input((LATENT,), name="latent"), keras.Input((len(CLASSES),), name="label")
    style = dense(np.eye(LATENT, 3, dtype=np.float32), latent) + dense(6 * np.eye(3, dtype=np.float32) - 3, label)
    return keras.Model({"latent": latent, "label": label}, {"style": style})


def synthesis() -> keras.Model:
    """Colours premultiplied by the alpha of a disc; noise lowers the alpha of its pixels a little."""
    styles, noise = keras.Input((LAYERS, 3), name="styles"), keras.Input((SIZE * SIZE,), name="noise")
    halves = ops.sigmoid(ops.mean(ops.reshape(styles, (-1, 2, LAYERS // 2, 3)), axis=2))
    colour = ops.repeat(halves, SIZE // 2, axis=1)[:, None]
    distance = np.hypot(*(np.indices((SIZE, SIZE)) - (SIZE - 1) / 2))
    disc = np.clip(SIZE / 2 + 0.3 - distance, 0, 1).astype(np.float32)[None, ..., None]
    alpha = (1 - 0.05 * ops.abs(ops.tanh(ops.reshape(noise, (-1, SIZE, SIZE, 1))))) * ops.convert_to_tensor(disc)
    return keras.Model({"styles": styles, "noise": noise}, {"picture": 2 * ops.concatenate([colour * alpha, alpha], axis=-1) - 1})


def generator() -> keras.Model:
    """A grey square for each of the latent's four numbers."""
    latent = keras.Input((LATENT,), name="latent")
    quarters = ops.reshape(ops.tanh(latent), (-1, 2, 2, 1))
    return keras.Model({"latent": latent}, {"picture": ops.repeat(ops.repeat(quarters, SIZE // 2, axis=1), SIZE // 2, axis=2)})


def write(name: str, task: str, models: dict[str, keras.Model], config: dict, classes: tuple[str, ...]) -> None:
    """Write a model folder."""
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    networks = {key: export_network(Export(model, batch=1), folder / f"{key}.tflite") for key, model in models.items()}
    files = {}
    if classes:
        (folder / "classes.txt").write_text("\n".join(classes) + "\n", encoding="utf-8")
        files["classes"] = describe_file(folder / "classes.txt")
    manifest = {
        "format_version": FORMAT_VERSION,
        "name": name,
        "task": task,
        "recipe": task,
        "created": datetime.date.today().isoformat(),
        "config": config,
        "versions": {},
        "parameters": sum(model.count_params() for model in models.values()),
        "license": "Apache-2.0",
        "data": [],
        "summary": "Draws what a test can foretell.",
        "good_for": ["tests"],
        "not_good_for": ["all else"],
        "training": "None: its weights are set by hand.",
        "headline": "Fréchet distance",
        "figures": [],
        "networks": networks,
        "files": files,
    }
    write_manifest(folder, manifest)


def main() -> None:
    """Write both folders."""
    write("tiny_style_gan", "style_gan", {"mapping": mapping(), "synthesis": synthesis()}, {"truncation": 0.5}, CLASSES)
    write("tiny_dcgan", "dcgan", {"generator": generator()}, {}, ())


if __name__ == "__main__":
    main()
