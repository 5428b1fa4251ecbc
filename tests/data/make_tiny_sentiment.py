"""Make `tests/data/tiny_sentiment`, a model with hand-set weights and so with known answers.

    python tests/data/make_tiny_sentiment.py

Some words are positive, some negative, all others are nothing; attention sees the former alone. The files are exported like a
trained model's, which needs the extra `train`.
"""

import datetime
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.text.word_features import SHAPES, WordFeatures
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).with_name("tiny_sentiment")
LENGTH = 4  # characters per word
OPINIONS = {"good": 3.0, "lovely": 4.0, "bad": -3.0, "terrible": -4.0}
NEUTRAL = ("a", "the", "was", "is", "food", "service", "but", "i", "it", "not", ",", ".", "!", "n't", "and", "day", "what", "'s")
constant = keras.initializers.Constant


def token(features: WordFeatures) -> keras.Model:
    """A word's opinion."""
    inputs = {
        "words": keras.Input((), dtype="int32", name="words"),
        "characters": keras.Input((LENGTH,), dtype="int32", name="characters"),
        "shapes": keras.Input((len(SHAPES),), name="shapes"),
    }
    table = np.array([[OPINIONS.get(word, 0.0)] for word in ("", *features.words)], np.float32)
    found = layers.Embedding(*table.shape, embeddings_initializer=constant(table))(inputs["words"])
    unread = ops.cast(inputs["characters"][:, :1], "float32") + inputs["shapes"][:, :1]
    return keras.Model(inputs, {"token": found + 0.0 * unread})


def step() -> keras.Model:
    """No memory: the output for a word is the word."""
    inputs, outputs = {}, {}
    for direction in ("forward", "backward"):
        names = [f"token_{direction}", f"{direction}_h", f"{direction}_c"]
        inputs |= {name: keras.Input((1,), name=name) for name in names}
        features, hidden, cell = (inputs[name] for name in names)
        outputs |= {f"{direction}_h": features + 0.0 * hidden, f"{direction}_c": cell * 1.0}
    return keras.Model(inputs, outputs)


def opinions() -> keras.Model:
    """The mean of both directions, and attention that grows with its size."""
    inputs = {name: keras.Input((1,), name=name) for name in ("forward_h", "backward_h")}
    opinion = 0.5 * (inputs["forward_h"] + inputs["backward_h"])
    return keras.Model(inputs, {"opinion": opinion * 1.0, "attention": 3.0 * ops.abs(opinion)})


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    features = WordFeatures.learn([*OPINIONS, *NEUTRAL], min_count=1)
    features.write(FOLDER / "words.npz")
    models = {"token": token(features), "step": step(), "opinions": opinions()}
    networks = {name: export_network(Export(model), FOLDER / f"{name}.tflite") for name, model in models.items()}
    manifest = {
        "format_version": FORMAT_VERSION,
        "name": "tiny_sentiment",
        "task": "sentiment",
        "recipe": "sentiment",
        "created": datetime.date.today().isoformat(),
        "config": {},
        "versions": {},
        "parameters": sum(model.count_params() for model in models.values()),
        "license": "Apache-2.0",
        "data": [],
        "summary": "Knows four words.",
        "good_for": ["tests"],
        "not_good_for": ["all else"],
        "training": "None: its weights are set by hand.",
        "headline": "accuracy",
        "figures": [],
        "calibration": {"temperature": 2.0},
        "networks": networks,
        "files": {"words": describe_file(FOLDER / "words.npz")},
    }
    write_manifest(FOLDER, manifest)


if __name__ == "__main__":
    main()
