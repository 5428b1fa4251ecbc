"""Make `tests/data/tiny_translation`, a translation model with hand-set weights and so with known answers.

    python tests/data/make_tiny_translation.py

It translates word by word, and attends to the word that it translates. Each word has one translation, but "dog" also has "Köter",
which is 1/e times as likely. The files are exported like a trained model's, which needs the extra `train`.
"""

import datetime
import io
from pathlib import Path

import keras
import numpy as np
import sentencepiece
from keras import layers, ops

from mediakit.runtime.model_folder import FORMAT_VERSION, describe_file, write_manifest
from mediakit.text.subwords import Subwords
from mediakit.training.export import export_network
from mediakit.training.recipe import Export

FOLDER = Path(__file__).with_name("tiny_translation")
WORDS = {
    "A": "Ein", "a": "ein", "dog": "Hund", "cat": "Kater", "runs": "läuft", "sleeps": "schläft", "and": "und", "then": "dann",
    "One": "Eins", "1": "1", "!": "!", ",": ",", ".": ".",
}  # fmt: skip
SECOND = {"dog": "Köter"}
constant = keras.initializers.Constant


def subwords(words: list[str]) -> Subwords:
    """Every word and punctuation mark is a piece; all other text is spelled out."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(words * 2),
        model_writer=model,
        vocab_size=200,
        hard_vocab_limit=False,
        user_defined_symbols=[f"▁{word}" if word.isalnum() else word for word in words],
        normalization_rule_name="identity",
        minloglevel=2,
        **{f"{name}_id": i for i, name in enumerate(("pad", "bos", "eos", "unk"))},
    )
    return Subwords(model.getvalue())


def encoder(size: int) -> keras.Model:
    """In each direction, the state is the last token, one-hot over `size`, and the number of tokens so far."""
    inputs, outputs = {}, {}
    for direction in ("forward", "backward"):
        tokens = inputs[f"tokens_{direction}"] = keras.Input((), dtype="int32", name=f"tokens_{direction}")
        hidden, cell = (keras.Input((size + 1,), name=f"state_{direction}_{part}") for part in "hc")
        inputs |= {f"state_{direction}_h": hidden, f"state_{direction}_c": cell}
        read = layers.Embedding(size, size, embeddings_initializer=constant(np.eye(size)))(tokens)
        outputs[f"state_{direction}_h"] = ops.concatenate([read, hidden[:, size:] + 1], axis=-1)
        outputs[f"state_{direction}_c"] = cell * 1.0
    return keras.Model(inputs, outputs)


def decoder(dictionary: np.ndarray) -> keras.Model:
    """Step i attends to position i and scores translations by `dictionary` `[source, target]`; past the last it ends."""
    size, written = dictionary.shape
    units = 2 * (size + 1)
    shapes = {"state_h": (units,), "state_c": (units,), "state_readout": (1,), "memory": (None, units), "mask": (None,)}
    inputs = {"tokens": keras.Input((), dtype="int32", name="tokens")}
    inputs |= {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    # The forward state at word n has counted n words.
    distance = inputs["memory"][:, :, size] - 1 - inputs["state_readout"]
    attention = ops.softmax(-20 * distance * distance - 1e9 * (1 - inputs["mask"]), axis=-1)
    seen = ops.sum(ops.expand_dims(attention, -1) * inputs["memory"], axis=1)[:, :size]
    left = ops.sum(inputs["mask"], axis=-1, keepdims=True) - inputs["state_readout"]
    ending = np.zeros((1, written), np.float32)
    ending[0, 2] = 1
    scores = layers.Dense(written, use_bias=False, kernel_initializer=constant(dictionary))(seen)
    scores = scores + 60 * ops.relu(1 - left) * ending - 20 * ending
    outputs = {
        "log_probabilities": scores - ops.logsumexp(scores, axis=-1, keepdims=True),
        "state_h": inputs["state_h"] * 1.0,
        "state_c": inputs["state_c"] * 1.0,
        "state_readout": inputs["state_readout"] + 1 + 0 * ops.cast(inputs["tokens"], "float32")[:, None],
        "attention": attention,
    }
    return keras.Model(inputs, outputs)


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    source, target = subwords(list(WORDS)), subwords([*WORDS.values(), *SECOND.values()])
    dictionary = np.full((len(source), len(target)), -10, np.float32)
    for table, score in ((WORDS, 10), (SECOND, 9)):
        for word, translation in table.items():
            dictionary[source.encode(word)[-1], target.encode(translation)[-1]] = score
    writer, rng = decoder(dictionary), np.random.default_rng(0)
    example = {name: rng.normal(size=(3, *(n or 7 for n in x.shape[1:]))).astype(np.float32) for name, x in writer.input.items()}
    example |= {"tokens": np.arange(3, dtype=np.int32), "mask": (np.arange(7) < [[7], [5], [2]]).astype(np.float32)}
    exports = {"encoder": Export(encoder(len(source))), "decoder": Export(writer, example=example)}
    networks = {name: export_network(export, FOLDER / f"{name}.tflite") for name, export in exports.items()}
    source.write(FOLDER / "source.model")
    target.write(FOLDER / "target.model")
    manifest = {
        "format_version": FORMAT_VERSION,
        "name": "tiny_translation",
        "task": "translation",
        "recipe": "translation",
        "created": datetime.date.today().isoformat(),
        "config": {"source": "en", "target": "de", "max_subwords": 12, "decoding": {"beam": 2, "length_exponent": 1.0}},
        "versions": {},
        "parameters": sum(export.model.count_params() for export in exports.values()),
        "license": "Apache-2.0",
        "data": [],
        "summary": "Translates a dozen words.",
        "good_for": ["tests"],
        "not_good_for": ["all else"],
        "training": "None: its weights are set by hand.",
        "headline": "BLEU",
        "figures": [],
        "networks": networks,
        "files": {name: describe_file(FOLDER / f"{name}.model") for name in ("source", "target")},
    }
    write_manifest(FOLDER, manifest)


if __name__ == "__main__":
    main()
