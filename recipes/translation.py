"""Translation of sentences: a bidirectional LSTM encoder, an LSTM decoder with attention.

The attention model of Luong et al. 2015: the decoder's LSTM runs first, its output attends to the
encoder's (section 3.1, "general" score), and the result is fed into the next step (input feeding,
section 3.3). For little data and small files:

- the encoder's last states are the decoder's first ones; its outputs are both keys and values;
- the target embedding also scores the next subword (Press and Wolf 2017);
- the decoder's state and fed-back read-out have one dropout mask for all steps of a sentence (Gal
  and Ghahramani 2016);
- each epoch samples another segmentation into subwords (Kudo 2018, section 3), here word by word;
- label smoothing (Szegedy et al. 2016, section 7), a moving average of the weights (Polyak and
  Juditsky 1992).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from mediakit.datasets import parallel_text
from mediakit.datasets.origin import Origin, learned_from
from mediakit.datasets.parallel_text import SentencePair
from mediakit.layers.attention_decoder import AttentionDecoder
from mediakit.layers.recurrent import CELLS, Cell, directional_steps, directions
from mediakit.text.subwords import Subwords
from mediakit.text.vocabulary import END, PAD
from mediakit.training import sentence_pairs
from mediakit.training.greedy import inputs_after
from mediakit.training.losses import token_cross_entropy
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.sentence_pairs import GreedyTranslator, PairBatches, TranslationValidator
from mediakit.training.text_augmentation import vary
from mediakit.training.translation_loss import translation_loss
from mediakit.training.warm_start import WarmStart

TASK = "translation"
WARM_START = {"weights": ""}  # not inherited from the trained model
DECODING = {"beam": 8, "length_exponent": 1.0, "patience": 1.5}  # unless a user asks for another


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    source: str = "en"  # as the data's file names have them
    target: str = "de"
    # Of each language. Neither the encoder's table nor the decoder's softmax holds the other's.
    vocabulary: int = 3800
    cell: Cell = "lstm"  # or gru: a quarter fewer recurrent weights
    embedding: int = 256
    units: int = 384  # the encoder has half in each direction; the model then takes 6 MB in int8
    dropout: float = 0.35  # of embeddings, encoder outputs and read-outs; 30,000 sentences are few
    state_dropout: float = 0.2  # of recurrent states and fed-back read-outs
    # Segmentations are sampled with probability to this power (Kudo 2018, section 3.2); sentences
    # get a ninth longer. none: always the most probable one.
    segmentation_alpha: float | None = 0.3
    segmentations: int = 8  # of each word to sample from
    label_smoothing: float = 0.1  # as in Szegedy et al. 2016
    max_subwords: int = 100  # longer sentences are left out of training, to bound a step's memory
    # How often an epoch contains a pair, if not as its data set says: "tatoeba=12,interfaces=0.2".
    weights: str = ""
    vary: bool = False  # augment: other names, placeholders, no capitals, two sentences in one
    pairs_per_epoch: int | None = None  # a shorter epoch is validated sooner; none: all pairs
    sentences_per_batch: int = 96
    batches_per_bucket: int = 30  # sorted by length together; more means less padding, less random
    epochs: int = 40
    rate: float = 3e-3
    warmup: int = 500  # steps
    clip_norm: float = 1.0  # of the gradient of a loss per subword
    average: float = 0.998  # decay of the moving average of the weights: about the last 500 steps
    monitor: str | None = "bleu"  # or chrf: validation metric that chooses the epoch; none: last
    validation_pairs: int = 1300  # at most, evenly from all of them
    seed: int = 1
    decoding: dict = field(default_factory=DECODING.copy)


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Sentence pairs, the subwords of both languages, and the origins of the pairs by name."""

    train: list[SentencePair]
    validation: list[SentencePair]
    source: Subwords
    target: Subwords
    origins: dict[str, Origin]


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and validation pairs, in any layout of `mediakit.datasets.parallel_text`.

    A warm start in the same languages and with the same `vocabulary` keeps its subwords. Otherwise
    new ones are learned, and those that it has too start from its vectors (Zoph et al. 2016).
    """
    require(config.units % 2 == 0, f"units is {config.units}; it must be even, half for each way")
    train = parallel_text.read(folder, "train", config.source, config.target)
    validation = parallel_text.read(folder, "val", config.source, config.target)
    train = sentence_pairs.composed(train)
    if config.weights:
        train = parallel_text.reweighted(train, config.weights)
    if config.vary:
        train = vary(train, config.seed)
    same = ("source", "target", "vocabulary")
    if start and all(getattr(start.config, name) == getattr(config, name) for name in same):
        source, target = start.data.source, start.data.target
    else:
        source, target = sentence_pairs.learn_subwords(train, config.vocabulary)
    train = sentence_pairs.of_at_most(config.max_subwords, train, source, target)
    require(
        sum(pair.weight for pair in train) >= config.sentences_per_batch,
        f"{folder}: {len(train)} training pairs of at most {config.max_subwords} subwords, "
        f"fewer than one batch of {config.sentences_per_batch}",
    )
    step = math.ceil(len(validation) / config.validation_pairs)
    return Data(train, validation[::step], source, target, parallel_text.origins(folder))


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Source subwords `[batch, positions]` and target subwords `[batch, steps]`, which begin with
    START, to the logits of the next subword at each step `[batch, steps, vocabulary]`. Padding is
    on the right."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    memory, *states = build_encoder(config, len(data.source))(source)

    embedding = layers.ReversibleEmbedding(
        len(data.target), config.embedding, name="target_embedding",
        embeddings_initializer=keras.initializers.RandomNormal(stddev=config.embedding**-0.5),
    )  # fmt: skip
    words = layers.Dropout(config.dropout, name="target_dropout")(embed_target(embedding, target))
    memory = layers.Dropout(config.dropout, name="memory_dropout")(memory)
    decoder = AttentionDecoder(
        config.units, config.embedding, config.state_dropout, config.cell, name="decoder"
    )
    readouts = decoder(words, memory, ops.not_equal(source, PAD), states)
    readouts = layers.Dropout(config.dropout, name="readout_dropout")(readouts)
    return keras.Model([source, target], embedding(readouts, reverse=True), name="translation")


def embed_target(embedding: layers.ReversibleEmbedding, tokens):
    """Vectors of about unit variance, from a table that is small because it also scores subwords
    (Vaswani et al. 2017, section 3.4). Without the factor, and with a small source table,
    attention had learned nothing after two epochs."""
    return embedding(tokens) * embedding.output_dim**0.5


def build_encoder(config: Config, vocabulary_size: int) -> keras.Model:
    """Subwords `[batch, positions]` to the outputs of both directions `[batch, positions, units]`
    and their last states, each `[batch, units]`."""
    source = keras.Input((None,), dtype="int32", name="source")
    words = layers.Embedding(
        vocabulary_size, config.embedding, name="source_embedding",
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
    )(source)  # fmt: skip
    words = layers.Dropout(config.dropout, name="source_dropout")(words)

    size, dropout = config.units // 2, config.state_dropout
    cell = CELLS[config.cell](size, recurrent_dropout=dropout, name="cell")
    one_way = layers.RNN(cell, return_sequences=True, return_state=True, name="rnn")
    both = layers.Bidirectional(one_way, name="bidirectional")
    memory, *states = both(words, mask=ops.not_equal(source, PAD))
    forward, backward = states[: len(states) // 2], states[len(states) // 2 :]
    joined = [ops.concatenate(pair, axis=-1) for pair in zip(forward, backward, strict=True)]
    return keras.Model(source, [memory, *joined], name="encoder")


# --- what ships ---------------------------------------------------------------------------------


def encoder_step(encoder: keras.Model) -> keras.Model:
    """One subword in each direction, for any number of sentences side by side.

    Inputs by name: `tokens_forward`, `tokens_backward` `[batch]`, and the states
    `[batch, units / 2]`; outputs: the new states, see `directional_steps`. Forward beside
    backward, the outputs are the decoder's `memory` and the last states its first ones.
    """
    embedding = encoder.get_layer("source_embedding")
    ways = ("forward", "backward")
    tokens = {way: keras.Input((), dtype="int32", name=f"tokens_{way}") for way in ways}
    words = {way: embedding(tokens[way]) for way in ways}
    both = encoder.get_layer("bidirectional")
    states, new_states = directional_steps(directions(both), words, prefix="state_")
    inputs = {f"tokens_{way}": tokens[way] for way in ways}
    return keras.Model(inputs | states, new_states, name="encoder_step")


def decoder_step(model: keras.Model) -> keras.Model:
    """One subword for any number of translations, see `AttentionDecoder.step_network`."""
    decoder, embedding = model.get_layer("decoder"), model.get_layer("target_embedding")
    return decoder.step_network(partial(embed_target, embedding), partial(embedding, reverse=True))


def first_inputs(model: keras.Model, source) -> dict[str, tf.Tensor]:
    """All inputs of the first `decoder_step` but `tokens`, for subwords `[batch, positions]`."""
    # Identities remove the masks that Keras attaches to tensors; it warns where they are unused.
    memory, *states = map(tf.identity, model.get_layer("encoder")(source, training=False))
    return model.get_layer("decoder").first_inputs(memory, ops.not_equal(source, PAD), states)


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """One step of the encoder, one of the decoder; sentences, and beams, are the batch."""
    encoder, step = model.get_layer("encoder"), decoder_step(model)
    # int8 is compared on states that occur: after three subwords of three translations.
    size = encoder.get_layer("source_embedding").input_dim
    inside = np.arange(7) < [[7], [5], [2]]
    ids = np.random.default_rng(0).integers(END + 1, size, inside.shape)
    first = first_inputs(model, ops.cast(np.where(inside, ids, PAD), "int32"))
    example = inputs_after(step, first, tokens=3)
    return {
        "encoder": Export(encoder_step(encoder), weights="int8", tolerance=0.05),
        "decoder": Export(step, weights="int8", tolerance=0.05, example=example),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The subword models."""
    return {"source.model": data.source.write, "target.model": data.target.write}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The subwords of a model folder, without sentences."""
    source, target = (Subwords.read(folder.file(name)) for name in ("source", "target"))
    return Data([], [], source, target, {})


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of both embeddings."""
    return {
        f"{side}_embedding/embeddings": (subwords.pieces(range(len(subwords))), None)
        for side, subwords in (("source", data.source), ("target", data.target))
    }


def card(config: Config, data: Data) -> Card:
    """The model card of a language pair: what it learned from, and so what it is good for."""
    used = {pair.origin for pair in data.train}
    origins = [origin for name, origin in data.origins.items() if name in used]
    kind = config.cell.upper()
    sampled = ", sampled segmentations" if config.segmentation_alpha is not None else ""
    return Card(
        name=f"translation/{config.source}-{config.target}",
        summary=f"Translates sentences from {config.source} to {config.target}.",
        good_for=[f"{origin.holds}, such as those of {origin.name}" for origin in origins],
        not_good_for=[
            "text of any other kind, which it translates fluently but wrongly",
            "anything that somebody relies on: contracts, medicine, safety",
            "names, numbers, rare words and long sentences, which it may change or leave out",
        ],
        training=f"Bidirectional {kind} encoder, {kind} decoder with attention and input feeding; "
        f"label smoothing{sampled}, a moving average of the weights, the best epoch kept.",
        headline="BLEU",
        license=learned_from(origins),
        data=[origin.entry for origin in origins],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on all pairs."""
    batches = PairBatches(
        data.train, data.source, data.target, size=config.sentences_per_batch,
        per_bucket=config.batches_per_bucket, segmentations=config.segmentations,
        alpha=config.segmentation_alpha, most=config.pairs_per_epoch, seed=config.seed,
    )  # fmt: skip

    def loss(batch) -> Loss:
        source, target = batch["source"], batch["target"]
        if config.cell == "lstm":  # the same loss in 57 % of the time
            return translation_loss(model, source, target, config.label_smoothing)
        logits = model([source, target[:, :-1]], training=True)
        return token_cross_entropy(logits, target[:, 1:], config.label_smoothing, padding=PAD)

    def updates() -> list[Update]:
        adam = warmup_adam(config.rate, batches.steps * config.epochs, config.warmup, beta_2=0.98)
        return [Update("loss", loss, [Group(model.trainable_variables, adam)], config.clip_norm)]

    step, first = decoder_step(model), partial(first_inputs, model)
    translator = GreedyTranslator(data.source, data.target, step, first)
    training = Phase(
        "training", config.epochs, batches.steps, batches, updates,
        validate=TranslationValidator(data.validation, translator),
        monitor=config.monitor, average=config.average,
    )  # fmt: skip
    return [training]
