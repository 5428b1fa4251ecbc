"""Translation of sentences: a bidirectional LSTM reads, an LSTM that looks at what was read writes.

The attention model of Luong et al. 2015: the decoder's LSTM runs first, its output asks the encoder's (section 3.1, "general"
score), and what was attended goes into the next step too (input feeding, section 3.3). With it, for small data and small files:

- the encoder's last states are the decoder's first, without a bridge; its outputs are both keys and values;
- the target's embedding also scores the next subword (Press and Wolf 2017);
- the same dropout mask for all steps of a sentence on the decoder's state and fed-back input (Gal and Ghahramani 2016);
- each epoch cuts words anew into likely subwords (Kudo 2018, section 3), here word by word from each word's best segmentations;
- label smoothing (Szegedy et al. 2016, section 7), a moving average of the weights (Polyak and Juditsky 1992).
"""

import math
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets import parallel_text
from mediakit.datasets.origin import Origin
from mediakit.datasets.parallel_text import SentencePair
from mediakit.layers.attention_decoder import AttentionDecoder
from mediakit.native_messages import stderr_without
from mediakit.text.segmentation import SegmentedText
from mediakit.text.subwords import Subwords, learn
from mediakit.text.vocabulary import END, PAD, START
from mediakit.training.batches import of_like_length, padded
from mediakit.training.greedy import write_greedily
from mediakit.training.losses import token_cross_entropy
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.text_augmentation import vary
from mediakit.training.validation import Predictor
from mediakit.training.warm_start import WarmStart

TASK = "translation"
WARM_START = {"weights": ""}  # not inherited from the trained model


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    source: str = "en"
    target: str = "de"
    # Two vocabularies: neither the encoder's table nor the decoder's softmax holds pieces of the other language.
    vocabulary: int = 3800  # subwords of each language
    embedding: int = 256
    units: int = 384  # the decoder's; the encoder has half in each direction. With all else 6 MB in int8
    dropout: float = 0.35  # of words, of what was read, and of the read-out; 30,000 sentences are few
    state_dropout: float = 0.2  # of recurrent states and of the fed-back read-out, the same for all steps
    # Kudo 2018, section 3.2: segmentations are drawn with probability to this power; none: always the best one.
    segmentation_alpha: float | None = 0.3  # sentences grow by a ninth
    segmentations: int = 8  # of each word to choose from
    label_smoothing: float = 0.1
    max_subwords: int = 100  # longer sentences are left out of training
    # How often an epoch holds a pair of a data set, in place of what the data set says: "tatoeba=12,interfaces=0.2".
    weights: str = ""
    vary: bool = False  # some pairs get other names, placeholders, no capitals, or a second sentence (see `text_augmentation`)
    pairs_per_epoch: int | None = None  # fewer than there are: metrics are measured, and the best weights kept, more often
    sentences_per_batch: int = 96
    batches_per_bucket: int = 30  # sentences of so many batches are sorted by length
    epochs: int = 40
    rate: float = 3e-3
    warmup: int = 500  # steps
    clip_norm: float = 1.0
    average: float = 0.998  # moving average of the weights: the last 500 steps
    monitor: str | None = "bleu"  # or chrf: the validation metric that chooses the epoch; none: the last
    validation_pairs: int = 1300  # evenly from all of them
    seed: int = 1
    decoding: dict = field(default_factory=lambda: {"beam": 8, "length_exponent": 1.0, "patience": 1.5})


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Pairs of sentences, the subwords of both languages, and where the pairs are from."""

    train: list[SentencePair]
    validation: list[SentencePair]
    source: Subwords
    target: Subwords
    origins: dict[str, Origin]


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and validation pairs of a folder in any layout that `mediakit.datasets.parallel_text` reads.

    A warm start's subwords stay if its languages and `vocabulary` are the same. If not, new ones are learned, and those that it
    knows too begin with its vectors (Zoph et al. 2016).
    """
    pairs = {split: parallel_text.read(folder, split, config.source, config.target) for split in ("train", "val")}
    train = [replace(pair, target=" ".join(unicodedata.normalize("NFC", pair.target).split())) for pair in pairs["train"]]
    if config.weights:
        weights = read_weights(config.weights, {pair.origin for pair in train})
        train = [replace(pair, weight=weights.get(pair.origin, pair.weight)) for pair in train]
    if config.vary:
        train = vary(train, config.seed)
    if start and all(getattr(start.config, name) == getattr(config, name) for name in ("source", "target", "vocabulary")):
        source, target = start.data.source, start.data.target
    else:
        # The source forgives odd spaces and compatibility letters; the target is written as it was learned, without that table.
        source = learn(config.vocabulary, ((pair.source, pair.weight) for pair in train), "nmt_nfkc")
        target = learn(config.vocabulary, ((pair.target, pair.weight) for pair in train), "identity")
    train = [p for p in train if max(len(source.encode(p.source)), len(target.encode(p.target)) + 1) <= config.max_subwords]
    require(config.units % 2 == 0, f"units is {config.units}; it must be even, half for each direction of the encoder")
    require(
        sum(pair.weight for pair in train) >= config.sentences_per_batch,
        f"{folder}: {len(train)} training pairs of at most {config.max_subwords} subwords, fewer than one batch of "
        f"{config.sentences_per_batch}",
    )
    step = math.ceil(len(pairs["val"]) / config.validation_pairs)
    return Data(train, pairs["val"][::step], source, target, parallel_text.origins(folder))


def read_weights(text: str, origins: set[str]) -> dict[str, float]:
    """`name=number,…` by name. Raises DataError for what is no number above zero and for a data set that is not there."""
    weights = {}
    for name, _, number in (part.partition("=") for part in text.split(",")):
        require(name in origins, f"weights: no data set {name!r}; there are {', '.join(sorted(origins))}")
        require(number.replace(".", "", 1).isdecimal() and float(number) > 0, f"weights: {name} has {number!r}, wanted a number above 0")
        weights[name] = float(number)
    return weights


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Source subwords `[batch, positions]` and target subwords `[batch, steps]`, the first of them START, to the logits of each
    next one `[batch, steps, vocabulary]`. Padding is on the right."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    memory, hidden, cell = build_encoder(config, len(data.source))(source)

    small = keras.initializers.RandomNormal(stddev=config.embedding**-0.5)
    embedding = layers.ReversibleEmbedding(len(data.target), config.embedding, embeddings_initializer=small, name="target_embedding")
    words = layers.Dropout(config.dropout, name="target_dropout")(target_words(embedding, target))
    memory = layers.Dropout(config.dropout, name="memory_dropout")(memory)
    decoder = AttentionDecoder(config.units, config.embedding, config.state_dropout, name="decoder")
    readouts = decoder(words, memory, ops.not_equal(source, PAD), hidden, cell)
    logits = embedding(layers.Dropout(config.dropout, name="readout_dropout")(readouts), reverse=True)
    return keras.Model([source, target], logits, name="translation")


def target_words(embedding: layers.ReversibleEmbedding, tokens):
    """Word vectors of about unit variance from a table that is small because it also scores words (Vaswani et al. 2017,
    section 3.4). Without, and with a small table for the source, attention learned nothing in two epochs."""
    return embedding(tokens) * embedding.output_dim**0.5


def build_encoder(config: Config, vocabulary_size: int) -> keras.Model:
    """Subwords `[batch, positions]` to what was read `[batch, positions, units]` and the last states `[batch, units]`."""
    source = keras.Input((None,), dtype="int32", name="source")
    unit = keras.initializers.RandomNormal(stddev=1.0)
    words = layers.Embedding(vocabulary_size, config.embedding, embeddings_initializer=unit, name="source_embedding")(source)
    words = layers.Dropout(config.dropout, name="source_dropout")(words)

    def lstm(direction: str) -> layers.RNN:
        cell = layers.LSTMCell(config.units // 2, recurrent_dropout=config.state_dropout, name=f"{direction}_cell")
        return layers.RNN(cell, return_sequences=True, return_state=True, go_backwards=direction == "backward", name=direction)

    both = layers.Bidirectional(lstm("forward"), backward_layer=lstm("backward"), name="lstm")
    memory, *states = both(words, mask=ops.not_equal(source, PAD))
    hidden, cell = (ops.concatenate(states[i::2], axis=-1) for i in range(2))
    return keras.Model(source, [memory, hidden, cell], name="encoder")


# --- what ships -------------------------------------------------------------------------------------------------------


def read_step(encoder: keras.Model) -> keras.Model:
    """One subword in each direction, for any number of sentences side by side, with the encoder's own layers.

    Inputs by name: `tokens_forward`, `tokens_backward` `[batch]`, and each direction's states `[batch, units / 2]`; outputs: the
    new states. A sentence of n subwords takes n calls, backwards from its last subword. What was read at position i is
    `state_forward_h` of call i beside `state_backward_h` of call n - 1 - i; the decoder's first `state_h` and `state_c` are the
    last states, forward beside backward.
    """
    embedding, lstm = encoder.get_layer("source_embedding"), encoder.get_layer("lstm")
    given, said = {}, {}
    for direction, layer in (("forward", lstm.forward_layer), ("backward", lstm.backward_layer)):
        names = [f"state_{direction}_{part}" for part in "hc"]
        tokens = given[f"tokens_{direction}"] = keras.Input((), dtype="int32", name=f"tokens_{direction}")
        given |= {name: keras.Input((layer.cell.units,), name=name) for name in names}
        _, states = layer.cell(embedding(tokens), [given[name] for name in names])
        said |= dict(zip(names, states, strict=True))
    return keras.Model(given, said, name="read_step")


def word_step(model: keras.Model) -> keras.Model:
    """One subword for any number of translations, with the model's own layers.

    Inputs by name: `tokens` `[batch]`; `state_h`, `state_c` `[batch, units]` and `state_readout` `[batch, embedding]`, at first
    zeros; `memory` `[batch, positions, units]`, `mask` `[batch, positions]`, 1 where there is a subword. Outputs:
    `log_probabilities` `[batch, vocabulary]`, the new states, `attention` `[batch, positions]`.
    """
    decoder, embedding = model.get_layer("decoder"), model.get_layer("target_embedding")
    shapes = {"state_h": (decoder.units,), "state_c": (decoder.units,), "state_readout": (decoder.readout_units,)}
    shapes |= {"memory": (None, decoder.units), "mask": (None,)}
    given = {"tokens": keras.Input((), dtype="int32", name="tokens")}
    given |= {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    state = [given[name] for name in shapes if name.startswith("state_")]
    state, attention = decoder.step(target_words(embedding, given["tokens"]), state, given["memory"], given["mask"])
    logits = embedding(state[2], reverse=True)
    said = {
        # Not log_softmax, which LiteRT has no quick kernel for: a step takes two thirds of the time.
        "log_probabilities": logits - ops.logsumexp(logits, axis=-1, keepdims=True),
        **dict(zip(("state_h", "state_c", "state_readout"), state, strict=True)),
        "attention": attention,
    }
    return keras.Model(given, said, name="word_step")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """One subword read, one subword written; sentences, and beams, are the batch."""
    encoder, step, rng = model.get_layer("encoder"), word_step(model), np.random.default_rng(0)
    # What int8 is compared on has to be states that the model comes to: three subwords into three sentences.
    mask = (np.arange(7) < [[7], [5], [2]]).astype(np.float32)
    source = np.where(mask > 0, rng.integers(END + 1, encoder.get_layer("source_embedding").input_dim, mask.shape), PAD)
    memory, hidden, cell = map(tf.identity, encoder(ops.cast(source, "int32")))  # without the mark of a mask
    given = {"tokens": ops.full((3,), START, "int32"), "memory": memory, "mask": ops.convert_to_tensor(mask)}
    given |= {"state_h": hidden, "state_c": cell, "state_readout": ops.zeros((3, config.embedding))}
    for _ in range(3):
        said = step(given)
        given |= {name: said[name] for name in said if name.startswith("state_")}
        given["tokens"] = ops.cast(ops.argmax(said["log_probabilities"], axis=-1), "int32")
    example = {name: ops.convert_to_numpy(value) for name, value in given.items()}
    return {
        "encoder": Export(read_step(encoder), weights="int8", tolerance=0.05),
        "decoder": Export(step, weights="int8", tolerance=0.05, example=example),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""
    return {"source.model": data.source.write, "target.model": data.target.write}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The subwords of a model folder, without sentences."""
    return Data([], [], *(Subwords.read(folder.file(name)) for name in ("source", "target")), {})


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of both embeddings."""
    both = {"source": data.source, "target": data.target}
    return {f"{name}_embedding/embeddings": (subwords.pieces(range(len(subwords))), None) for name, subwords in both.items()}


def card(config: Config, data: Data) -> Card:
    """The model card of one pair of languages: what it learned from, and so what it is good for."""
    used = {pair.origin for pair in data.train}
    origins = [origin for name, origin in data.origins.items() if name in used]
    return Card(
        name=f"translation/{config.source}-{config.target}",
        summary=f"Translates sentences from {config.source} to {config.target}.",
        good_for=[f"{origin.holds}, such as those of {origin.name}" for origin in origins],
        not_good_for=[
            "text of any other kind, which becomes something fluent and wrong",
            "anything that somebody relies on: contracts, medicine, safety",
            "names, numbers, rare words and long sentences, of which it may change or leave out parts",
        ],
        training="Bidirectional LSTM encoder, LSTM decoder with attention and input feeding; cross-entropy with label smoothing, "
        + ("words cut into subwords anew in each epoch, " if config.segmentation_alpha is not None else "")
        + "a moving average of the weights, the best epoch kept.",
        headline="BLEU",
        license="the weights were learned from " + "; ".join(f"{origin.name} ({origin.license})" for origin in origins),
        data=[{"name": origin.name, "license": origin.license, "note": origin.note} for origin in origins],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on all pairs."""
    text = TrainingText(config, data)

    def loss(batch) -> Loss:
        logits = model([batch["source"], batch["target"][:, :-1]], training=True)
        return token_cross_entropy(logits, batch["target"][:, 1:], config.label_smoothing, padding=PAD)

    def updates() -> list[Update]:
        adam = warmup_adam(config.rate, text.steps * config.epochs, config.warmup, beta_2=0.98)
        return [Update("loss", loss, [Group(model.trainable_variables, adam)], config.clip_norm)]

    return [
        Phase(
            "training",
            config.epochs,
            text.steps,
            text.batches,
            updates,
            validate=Validator(config, data, model),
            monitor=config.monitor,
            average=config.average,
        )
    ]


class TrainingText:
    """Batches of pairs: which, in which order and how segmented follows from seed and epoch alone."""

    def __init__(self, config: Config, data: Data):
        self.config = config
        weights = np.array([pair.weight for pair in data.train])
        self._ends = np.round(np.cumsum(weights), 6)
        self.steps = min(int(self._ends[-1]), config.pairs_per_epoch or sys.maxsize) // config.sentences_per_batch
        texts = {"source": (data.source, [p.source for p in data.train]), "target": (data.target, [p.target for p in data.train])}
        self._texts = {
            name: SegmentedText(subwords, sentences, config.segmentations, config.segmentation_alpha)
            for name, (subwords, sentences) in texts.items()
        }

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """Padded ids of sources, and of targets between START and END."""
        rng = np.random.default_rng([self.config.seed, epoch])
        ids = {name: text.draw(rng) for name, text in self._texts.items()}
        for rows in self._plan(ids, rng)[start:]:
            yield {
                "source": padded([ids["source"][row] for row in rows], PAD, np.int32),
                "target": padded([[START, *ids["target"][row], END] for row in rows], PAD, np.int32),
            }

    def _plan(self, ids: dict[str, list[np.ndarray]], rng: np.random.Generator) -> list[np.ndarray]:
        """The rows of each batch of an epoch, sentences of like length together."""
        size = self.config.sentences_per_batch
        # Systematic sampling: each pair comes its weight's number of times, rounded up or down.
        taken = np.diff(np.floor(self._ends + rng.random()), prepend=0).astype(int)
        order = rng.permutation(np.repeat(np.arange(len(taken)), taken))[: self.steps * size]
        lengths = {name: np.array([len(row) for row in rows]) for name, rows in ids.items()}
        # By target, then by source.
        lengths = lengths["target"] + lengths["source"] / (1 + lengths["source"].max())
        return of_like_length(order, lengths, size, self.config.batches_per_bucket, rng)


class Writer:
    """Translates strings inside the training graph, greedily, with the networks that ship.

    The tokenizer is tensorflow-text's; it gives the ids that `Subwords` gives at run time.
    """

    def __init__(self, data: Data, model: keras.Model):
        from tensorflow_text import SentencepieceTokenizer

        with stderr_without(rb"normalizer\.cc"):  # it tells that the target is not normalised
            self.source, self.target = (SentencepieceTokenizer(subwords.model) for subwords in (data.source, data.target))
        self.encoder, self.step = model.get_layer("encoder"), word_step(model)
        self.readout = model.get_layer("decoder").readout_units

    def __call__(self, sentences: tf.Tensor) -> tf.Tensor:
        """Strings `[batch]` to strings `[batch]`."""
        source = self.source.tokenize(sentences).to_tensor(PAD)
        written = self.write(source)
        return self.target.detokenize(tf.ragged.boolean_mask(written, written > END))

    def write(self, source: tf.Tensor) -> tf.Tensor:
        """Subwords `[batch, positions]` to subwords `[batch, steps]`: no START, after END padding."""
        # Identities, since Keras marks what a masked layer gives and warns where the mark is lost.
        memory, hidden, cell = map(tf.identity, self.encoder(source, training=False))
        given = {
            "memory": memory,
            "mask": ops.cast(source != PAD, memory.dtype),
            "state_h": hidden,
            "state_c": cell,
            "state_readout": ops.zeros_like(hidden[:, : self.readout]),
        }
        return write_greedily(self.step, given, 2 * ops.shape(source)[1] + 10)


class Validator:
    """BLEU and chrF of greedy translations of the validation pairs, and how long these are beside the references; chrF also of the
    pairs of each data set, where there are several."""

    def __init__(self, config: Config, data: Data, model: keras.Model):
        self.pairs = data.validation
        writer = Writer(data, model)
        self._translate = Predictor(
            lambda batch: writer(batch["source"]),
            lambda rows: {"source": np.array([self.pairs[i].source for i in rows])},
            [len(pair.source) for pair in self.pairs],
            size=128,
        )

    def __call__(self) -> dict[str, float]:
        from sacrebleu import corpus_bleu, corpus_chrf

        hypotheses, references = [text.decode() for text in self._translate()], [pair.target for pair in self.pairs]
        bleu = corpus_bleu(hypotheses, [references])
        chrf = corpus_chrf(hypotheses, [references])
        metrics = {"bleu": bleu.score, "chrf": chrf.score, "length": bleu.sys_len / bleu.ref_len}
        for origin in sorted({pair.origin for pair in self.pairs}):
            rows = [i for i, pair in enumerate(self.pairs) if pair.origin == origin]
            if len(rows) < len(self.pairs):
                chrf = corpus_chrf([hypotheses[i] for i in rows], [[references[i] for i in rows]])
                metrics[f"chrf_{origin}"] = chrf.score
        return metrics
