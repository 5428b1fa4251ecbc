"""Make `tests/data/tiny_captioning`, a captioning model with hand-set weights and so with known answers.

    python tests/data/make_tiny_captioning.py

A mostly red photo gets the caption "a red picture", and likewise for green and blue. The model attends to the quarters of the photo
that have most of that colour. The files are exported like a trained model's, which needs the extra `train`.
"""

import datetime
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.text.vocabulary import SPECIALS, Vocabulary
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).with_name("tiny_captioning")
WORDS = (*SPECIALS, "a", "red", "green", "blue", "picture")
COLOURS = ("red", "green", "blue")
SIZE = 16
constant = keras.initializers.Constant


def encoder() -> keras.Model:
    """From a photo to the mean colours of its quarters."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    quarters = ops.reshape(layers.AveragePooling2D(SIZE // 2)(image), (-1, 4, 3)) / 255
    mean = ops.mean(quarters, axis=1)
    outputs = {"keys": quarters * 1.0, "values": quarters * 2.0, "state_h": mean * 1.0, "state_c": mean * 0.0}
    return keras.Model({"image": image}, outputs)


def decoder() -> keras.Model:
    """A grammar of one sentence, in which the photo decides the colour after "a". `state_c` counts the words."""
    inputs = {
        "tokens": keras.Input((), dtype="int32", name="tokens"),
        "keys": keras.Input((4, 3), name="keys"),
        "values": keras.Input((4, 3), name="values"),
        "state_h": keras.Input((3,), name="state_h"),
        "state_c": keras.Input((3,), name="state_c"),
    }
    look = layers.Dense(3, use_bias=False, kernel_initializer=constant(np.eye(3) * 10))(inputs["state_h"])
    attention = ops.softmax(ops.sum(inputs["keys"] * ops.reshape(look, (-1, 1, 3)), axis=-1), axis=-1)
    seen = ops.sum(inputs["values"] * ops.reshape(attention, (-1, 4, 1)), axis=1)
    number = {word: i for i, word in enumerate(WORDS)}
    grammar = np.full((len(WORDS), len(WORDS)), -8, np.float32)
    follows = [("<start>", "a"), *((c, "picture") for c in COLOURS), ("picture", "<end>"), *(("a", c) for c in COLOURS)]
    for before, after in follows:
        grammar[number[before], number[after]] = 0
    colours, after_a = np.zeros((3, len(WORDS)), np.float32), np.zeros((len(WORDS), 1), np.float32)
    for i, colour in enumerate(COLOURS):
        colours[i, number[colour]] = 1
    after_a[number["a"]] = 1
    rules = layers.Embedding(*grammar.shape, embeddings_initializer=constant(grammar))(inputs["tokens"])
    choice = layers.Embedding(*after_a.shape, embeddings_initializer=constant(after_a))(inputs["tokens"])
    scores = rules + choice * layers.Dense(len(WORDS), use_bias=False, kernel_initializer=constant(colours))(seen)
    outputs = {
        "log_probabilities": ops.log_softmax(scores, axis=-1),
        "state_h": inputs["state_h"] * 1.0,
        "state_c": inputs["state_c"] + 1.0,
        "attention": attention,
    }
    return keras.Model(inputs, outputs)


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    exports = {"encoder": Export(encoder(), batch=1), "decoder": Export(decoder())}
    networks = {name: export_network(export, FOLDER / f"{name}.tflite") for name, export in exports.items()}
    Vocabulary(WORDS).write(FOLDER / "vocabulary.txt")
    manifest = {
        "format_version": FORMAT_VERSION,
        "name": "tiny_captioning",
        "task": "captioning",
        "recipe": "captioning",
        "created": datetime.date.today().isoformat(),
        "config": {"max_words": 6, "decoding": {"beam": 2, "length_exponent": 0.8}},
        "versions": {},
        "parameters": sum(export.model.count_params() for export in exports.values()),
        "license": "Apache-2.0",
        "data": [],
        "summary": "Says which colour a picture has.",
        "good_for": ["tests"],
        "not_good_for": ["all else"],
        "training": "None: its weights are set by hand.",
        "headline": "CIDEr",
        "figures": [],
        "networks": networks,
        "files": {"vocabulary": describe_file(FOLDER / "vocabulary.txt")},
    }
    write_manifest(FOLDER, manifest)


if __name__ == "__main__":
    main()
