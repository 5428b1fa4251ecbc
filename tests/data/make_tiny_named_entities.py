"""Make `tests/data/tiny_named_entities`, a tagger with hand-set weights and so with known answers.

    python tests/data/make_tiny_named_entities.py

A run of capitalised tokens is one entity of the type NAME. The files are exported like a trained model's, which needs the extra `train`.
"""

import datetime
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets.conll import iobes_labels, may_follow
from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.text.word_features import SHAPES, WordFeatures
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).with_name("tiny_named_entities")
LABELS = iobes_labels(("NAME",))
LENGTH = 8  # characters per token
constant = keras.initializers.Constant


def token() -> keras.Model:
    """Only a token's shape."""
    inputs = {
        "words": keras.Input((), dtype="int32", name="words"),
        "characters": keras.Input((LENGTH,), dtype="int32", name="characters"),
        "shapes": keras.Input((len(SHAPES),), name="shapes"),
    }
    unread = ops.cast(inputs["words"], "float32")[:, None] + ops.cast(inputs["characters"][:, :1], "float32")
    return keras.Model(inputs, {"token": inputs["shapes"] + 0.0 * unread})


def step() -> keras.Model:
    """No memory: the output for a token is the token."""
    inputs, outputs = {}, {}
    for direction in ("forward", "backward"):
        names = [f"token_{direction}", f"{direction}_h", f"{direction}_c"]
        inputs |= {name: keras.Input((len(SHAPES),), name=name) for name in names}
        features, hidden, cell = (inputs[name] for name in names)
        outputs |= {f"{direction}_h": features + 0.0 * hidden, f"{direction}_c": cell * 1.0}
    return keras.Model(inputs, outputs)


def scores() -> keras.Model:
    """A capital favours every label but O."""
    weights = np.zeros((len(SHAPES), len(LABELS)), np.float32)
    weights[SHAPES.index("starts with a capital")] = [-4, 4, 4, 4, 4]
    inputs = {name: keras.Input((len(SHAPES),), name=name) for name in ("forward_h", "backward_h")}
    dense = layers.Dense(len(LABELS), kernel_initializer=constant(weights), bias_initializer=constant([2, -2, -2, -2, -2]))
    both = 0.5 * (inputs["forward_h"] + inputs["backward_h"])
    return keras.Model(inputs, {"scores": dense(both)})


def transitions() -> keras.Model:
    """Invalid transitions are ruled out, and an entity is not directly followed by another."""
    names = [*LABELS, None]
    table = np.array([[0.0 if may_follow(label, after) else -1e4 for label in names] for after in names], np.float32)
    ends, begins = ([i for i, label in enumerate(LABELS) if label[:2] in prefixes] for prefixes in (("E-", "S-"), ("B-", "S-")))
    table[np.ix_(ends, begins)] = -20
    label = keras.Input((), dtype="int32", name="label")
    rows = layers.Embedding(*table.shape, embeddings_initializer=constant(table))(label)
    return keras.Model({"label": label}, {"transitions": rows * 1.0})


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    models = {"token": token(), "step": step(), "scores": scores(), "transitions": transitions()}
    networks = {name: export_network(Export(model), FOLDER / f"{name}.tflite") for name, model in models.items()}
    WordFeatures.learn(["n't", "n't", "a", "a", "Ada", "Ada"]).write(FOLDER / "words.npz")
    (FOLDER / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS), encoding="utf-8")
    manifest = {
        "format_version": FORMAT_VERSION,
        "name": "tiny_named_entities",
        "task": "named_entities",
        "recipe": "named_entities",
        "created": datetime.date.today().isoformat(),
        "config": {"dataset": None},
        "versions": {},
        "parameters": sum(model.count_params() for model in models.values()),
        "license": "Apache-2.0",
        "data": [],
        "summary": "Takes what begins with a capital for a name.",
        "good_for": ["tests"],
        "not_good_for": ["all else"],
        "training": "None: its weights are set by hand.",
        "headline": "F1",
        "figures": [],
        "networks": networks,
        "files": {name: describe_file(FOLDER / file) for name, file in (("words", "words.npz"), ("labels", "labels.txt"))},
    }
    write_manifest(FOLDER, manifest)


if __name__ == "__main__":
    main()
