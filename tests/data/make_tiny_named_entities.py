"""Make `tests/data/tiny_named_entities`: a tagger with weights set by hand, so that a test knows what it answers.

    python tests/data/make_tiny_named_entities.py

Tokens that begin with a capital, as many as follow one another, are one entity of the type NAME. The files are made by the same
export as a trained model's; this needs the extra `train`.
"""

import datetime
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets.conll import iobes_labels, may_follow
from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.tasks.named_entities.word_features import SHAPES, WordFeatures
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).with_name("tiny_named_entities")
LABELS = iobes_labels(("NAME",))
LENGTH = 8  # characters of a token
constant = keras.initializers.Constant


def token() -> keras.Model:
    """A token's shape, and nothing else of it."""
    given = {
        "words": keras.Input((), dtype="int32", name="words"),
        "characters": keras.Input((LENGTH,), dtype="int32", name="characters"),
        "shapes": keras.Input((len(SHAPES),), name="shapes"),
    }
    unread = ops.cast(given["words"], "float32")[:, None] + ops.cast(given["characters"][:, :1], "float32")
    return keras.Model(given, {"token": given["shapes"] + 0.0 * unread})


def step() -> keras.Model:
    """Remembers nothing: what is said of a token is the token."""
    given, said = {}, {}
    for direction in ("forward", "backward"):
        names = [f"token_{direction}", f"{direction}_h", f"{direction}_c"]
        given |= {name: keras.Input((len(SHAPES),), name=name) for name in names}
        told, hidden, cell = (given[name] for name in names)
        said |= {f"{direction}_h": told + 0.0 * hidden, f"{direction}_c": cell * 1.0}
    return keras.Model(given, said)


def scores() -> keras.Model:
    """A capital speaks for all labels but O."""
    weights = np.zeros((len(SHAPES), len(LABELS)), np.float32)
    weights[SHAPES.index("starts with a capital")] = [-4, 4, 4, 4, 4]
    given = {name: keras.Input((len(SHAPES),), name=name) for name in ("forward_h", "backward_h")}
    dense = layers.Dense(len(LABELS), kernel_initializer=constant(weights), bias_initializer=constant([2, -2, -2, -2, -2]))
    both = 0.5 * (given["forward_h"] + given["backward_h"])
    return keras.Model(given, {"scores": dense(both)})


def transitions() -> keras.Model:
    """What cannot follow does not, and an entity is not followed by another at once."""
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
