"""Training on labelled texts: words by number, noise, texts joined to one, batches of like length."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import mediakit
from mediakit.datasets import plain_sentences, vader_lexicon
from mediakit.datasets.origin import Origin
from mediakit.tasks.sentiment.words import words_of
from mediakit.text.word_features import UNKNOWN, WordFeatures
from mediakit.training import negations
from mediakit.training.batches import of_like_length, padded
from mediakit.training.calibration import fit_temperature, ordinal_cuts
from mediakit.training.recipe import Batch, require
from mediakit.training.sentence_noise import rare_first

SHORTEST_JOINED, LONGEST_JOINED = 3, 20  # words of each of two texts that become one
LENGTHENED = 5  # words that a negation adds, about
NEUTRAL = 0.15  # texts whose labels are nearer to 0.5 have no opinion
STATEMENTS_DRAWN = 5  # for each one that an epoch has
NOT_GOOD, NOT_BAD = 0.05, 0.85  # how probable it is that "not good" and "not bad" are positive
CONTRASTS, CONCESSIONS = ("but", "yet", "however"), ("although", "though", "while")

# Words that joined and negated texts need.
FURTHER_WORDS = (",", "and", ".", "!", ";", *CONTRASTS, *CONCESSIONS, *sorted(negations.all_words()))


@dataclass(frozen=True)
class Example:
    """The words of a text, how probable it is that it is positive, and how often an epoch has it, on average."""

    words: tuple[str, ...]
    positive: float
    weight: float = 1.0


class EncodedTexts:
    """Texts by the numbers of their words. Number 0 is padding.

    `lengths` are those of the texts, `positive` their labels, `counts` `[words]` say how often each word occurs.

    Args:
        examples: none is empty.
        features: encodes words.
        characters: of each word to encode.
    """

    def __init__(self, examples: Sequence[Example], features: WordFeatures, characters: int):
        seen = Counter(word for example in examples for word in example.words)
        self.numbers = {word: i for i, word in enumerate(dict.fromkeys([*seen, *FURTHER_WORDS]), 1)}
        encoded = vars(features.encode(list(self.numbers), characters))
        self._features = {name: np.concatenate([np.zeros_like(part[:1]), part]) for name, part in encoded.items()}
        self.counts = np.array([np.inf, *(seen[word] for word in self.numbers)])
        self.texts = [np.array([self.numbers[word] for word in example.words]) for example in examples]
        self.positive = np.array([example.positive for example in examples], np.float32)
        self.weights = np.array([example.weight for example in examples])
        self.lengths = np.array([len(text) for text in self.texts])
        self.neutral = np.abs(self.positive - 0.5) < NEUTRAL
        self.can_be_negated = np.array([negations.can_be_negated(example.words) for example in examples]) & ~self.neutral

    def batch(self, rows: np.ndarray) -> Batch:
        """Texts as the model's inputs `[rows, longest, …]`, padded on the right, and `positive` `[rows]`."""
        return self.inputs([self.texts[row] for row in rows]) | {"positive": self.positive[rows]}

    def inputs(self, texts: Sequence[np.ndarray]) -> Batch:
        """Texts, given as numbers of words, as the model's inputs; also `numbers` `[rows, longest]`."""
        numbers = padded(texts)
        return {**{name: part[numbers] for name, part in self._features.items()}, "numbers": numbers}


@dataclass(frozen=True)
class Noise:
    """How texts are changed at random.

    Args:
        word_dropout: a word seen n times is hidden with probability this / (this + n): only its characters are left.
        tuning_dropout: likewise, a word loses its own embedding but keeps its vector.
        blanked: share of all words that are hidden altogether.
        joined: share of the texts that are followed by another one: of the same kind, or after "but" of any.
        negated: share of the single words and pairs of words that are negated; see `negations`.
    """

    word_dropout: float = 0.0
    tuning_dropout: float = 0.0
    blanked: float = 0.0
    joined: float = 0.0
    negated: float = 0.0


class TrainingTexts:
    """Batches for training; they follow from seed, epoch and step alone.

    Args:
        texts: those of training.
        noise: how they are changed.
        size: texts of a batch.
        steps: batches of an epoch.
        per_bucket: batches whose texts are sorted by length together.
        seed: of all that is random.
    """

    def __init__(self, texts: EncodedTexts, noise: Noise, size: int, steps: int, per_bucket: int, seed: int):
        self._texts, self._noise, self._size, self._steps = texts, noise, size, steps
        self._per_bucket, self._seed = per_bucket, seed
        self._shares = np.cumsum(texts.weights) / texts.weights.sum()
        self._short = np.flatnonzero(texts.lengths <= LONGEST_JOINED)

    def batches(self, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of an epoch from a step on."""
        rng = np.random.default_rng([self._seed, epoch])
        count, lengths = self._size * self._steps, self._texts.lengths
        # Systematic sampling: a text of weight w is drawn w times, rounded up or down.
        drawn = np.searchsorted(self._shares, (np.arange(count) + rng.random()) / count)
        drawn = np.minimum(drawn, len(lengths) - 1)
        # Which texts are joined is drawn first, so that batches can be of like length.
        joined = (rng.random(count) < self._noise.joined) & (lengths[drawn] >= SHORTEST_JOINED) & (lengths[drawn] <= LONGEST_JOINED)
        others = np.where(joined, rng.choice(self._short, count), -1)
        negated = (rng.random(count) < self._noise.negated) & self._texts.can_be_negated[drawn]
        together = lengths[drawn] + np.where(joined, lengths[others], 0) + LENGTHENED * negated
        positions = of_like_length(rng.permutation(count), together, self._size, self._per_bucket, rng)
        for step in range(start, self._steps):
            rows = positions[step]
            each = np.random.default_rng([self._seed, epoch, step])
            yield self._batch([self._drawn(*of_row, each) for of_row in zip(drawn[rows], others[rows], negated[rows], strict=True)], each)

    def _batch(self, drawn: Sequence[tuple[np.ndarray, float]], rng: np.random.Generator) -> Batch:
        """Texts and their labels as a batch, with some words hidden."""
        texts, labels = zip(*drawn, strict=True)
        batch = self._texts.inputs(texts)
        numbers = batch.pop("numbers")
        counts = self._texts.counts[numbers]
        blank = (rng.random(numbers.shape) < self._noise.blanked) & (numbers > 0)
        hidden = rare_first(rng, counts, self._noise.word_dropout) | blank
        batch["vectors"][hidden] = 0
        untuned = rare_first(rng, counts, self._noise.tuning_dropout) & batch["vectors"].any(axis=-1)
        batch["words"][hidden | untuned] = UNKNOWN
        return batch | {"positive": np.array(labels, np.float32)}

    def _drawn(self, row: int, other: int, negated: bool, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """A text and its label: as it is, joined to another one unless that is -1, or negated."""
        if negated:
            label = self._texts.positive[row]
            *around, reversed_ = negations.negation(rng, label > 0.5)
            before, after = ([self._number(word) for word in words] for words in around)
            label = (NOT_GOOD if label > 0.5 else NOT_BAD) if reversed_ else label
            return np.concatenate([np.array(before, int), self._texts.texts[row], np.array(after, int)]), label
        return (self._texts.texts[row], self._texts.positive[row]) if other < 0 else self._joined(row, other, rng)

    def _joined(self, row: int, other: int, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """A text and another one, and the label of both: in a contrast the main clause decides, a neutral text says nothing."""
        first, second = self._without_end(row), self._texts.texts[other]
        labels, neutral = self._texts.positive, self._texts.neutral
        alike = (labels[row] > 0.5) == (labels[other] > 0.5)
        if alike or neutral[row] or neutral[other]:
            between = [self._number(rng.choice([",", "and", ".", ";"]))]
            told = [labels[i] for i in (row, other) if not neutral[i]] or [labels[row], labels[other]]
            return np.concatenate([first, between, second]), np.mean(told)
        if rng.random() < 0.25:
            start = [self._number(rng.choice(CONCESSIONS))]
            return np.concatenate([start, first, [self._number(",")], second]), labels[other]
        between = [self._number(","), self._number(rng.choice(CONTRASTS, p=(0.8, 0.1, 0.1)))]
        return np.concatenate([first, between, second]), labels[other]

    def _without_end(self, row: int) -> np.ndarray:
        text = self._texts.texts[row]
        ends = [self._number(mark) for mark in (".", "!", ",")]
        return text[:-1] if text[-1] in ends else text

    def _number(self, word: str) -> int:
        return self._texts.numbers[str(word)]


class AccuracyValidator:
    """Accuracy in percent, over all texts that have an opinion and over those of each set.

    Args:
        predict: gives the logit of positive of each text.
        positive: how positive each text is; 0.5 is neutral.
        sources: the name of each text's set.
    """

    def __init__(self, predict: Callable[[], Sequence[np.ndarray]], positive: Sequence[float], sources: Sequence[str]):
        self._predict, self._positive, self._sources = predict, np.array(positive), np.array(sources)

    def __call__(self) -> dict[str, float]:
        right = (np.array(self._predict()) > 0) == (self._positive > 0.5)
        right, sources = right[self._positive != 0.5], self._sources[self._positive != 0.5]
        sets = {name: right[sources == name] for name in dict.fromkeys(sources.tolist())}
        of_sets = {f"accuracy_{name}": 100 * float(part.mean()) for name, part in sets.items()}
        return {"accuracy": 100 * float(right.mean()), **(of_sets if len(sets) > 1 else {})}


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text; a full stop for one without any."""
    return tuple(word.text for word in words_of(text)) or (".",)


def sharpened(example: Example, factor: float) -> Example:
    """The example with a label this many times as far from 0.5, at most 0 or 1: people seldom give the extreme grades."""
    return replace(example, positive=min(1.0, max(0.0, 0.5 + factor * (example.positive - 0.5))))


def compared(count: int, seed: int) -> list[Example]:
    """Invented comparisons, see `negations`."""
    return [Example(words, float(better)) for words, better in negations.comparisons(count, np.random.default_rng(seed))]


def taught(examples: list[Example], teachers: str | None, share: float) -> list[Example]:
    """The examples with labels that are in part what trained models say of them, on average.

    Args:
        teachers: names or folders of models, with commas between them; None leaves the labels as they are.
        share: what the models' answers count.
    """
    if not teachers:
        return examples
    texts = [" ".join(example.words) for example in examples]
    said = np.mean([[found.score for found in mediakit.load(name)(texts)] for name in teachers.split(",")], axis=0)
    labels = [(1 - share) * example.positive + share * float(score) for example, score in zip(examples, said, strict=True)]
    return [replace(example, positive=label) for example, label in zip(examples, labels, strict=True)]


def words_and_statements(
    folder: Path, lexicon: str | None, words: float, statements: str | None, stated: int, seed: int
) -> tuple[list[Example], list[Origin]]:
    """The rated words of a lexicon, the neutral ones of a file of sentences, and where they are from; None: do without.

    Args:
        folder: has both files, unless the names are paths.
        words: how often an epoch has each word.
        stated: how many statements an epoch has.

    Raises DataError when a file is missing or malformed, and for statements without a lexicon.
    """
    if not lexicon:
        require(not statements, f"{folder}: statements={statements} needs lexicon=vader_lexicon.txt, which tells opinions from facts")
        return [], []
    ratings = vader_lexicon.read(vader_lexicon.find(lexicon, folder))
    examples, origins = rated_words(ratings, words), [vader_lexicon.ORIGIN]
    if statements:
        sentences, origin = plain_sentences.read(statements, folder)
        examples += neutral(sentences, ratings, stated, seed)
        origins.append(origin)
    return examples, origins


def rated_words(ratings: Mapping[str, float], weight: float) -> list[Example]:
    """Words that people rated, as examples: those with a rating of 1 or more, or of -1 or less."""
    words = {words_in(word): mean for word, mean in ratings.items() if abs(mean) >= 1}
    return [Example(word, float(mean > 0), weight) for word, mean in words.items() if len(word) == 1]


def neutral(sentences: Sequence[str], ratings: Mapping[str, float], count: int, seed: int) -> list[Example]:
    """Sentences without an opinion, as neutral examples: those of 3 to 20 words without negations and words that people rated.

    Args:
        sentences: of any kind.
        ratings: of words, as in a sentiment lexicon.
        count: how many of them an epoch has; some times as many are drawn at random.
        seed: of the draw.
    """
    telling = {*ratings, *negations.NEGATORS}
    drawn = np.random.default_rng(seed).permutation(len(sentences))[: STATEMENTS_DRAWN * count]
    kept = [words for words in (words_in(sentences[i]) for i in drawn) if 3 <= len(words) <= 20 and telling.isdisjoint(words)]
    return [Example(words, 0.5, min(1.0, count / len(kept))) for words in kept]


def calibrated(logits: np.ndarray, degrees: np.ndarray, graded: np.ndarray) -> dict[str, float]:
    """The temperature of the probability of positive, and the probabilities from which a text has two stars, three, four and five.

    Args:
        logits: of positive, of the texts for validation, `[texts]`.
        degrees: how positive they are, 0 to 1; the neutral ones, 0.5, do not count for the temperature.
        graded: whether a text has a grade in five steps, `[texts]`; without any, there are no stars.
    """
    told = degrees != 0.5
    temperature = fit_temperature(np.stack([0 * logits, logits], axis=1)[told], (degrees[told] > 0.5).astype(int))
    cuts = ordinal_cuts(logits[graded] / temperature, np.round(4 * degrees[graded]).astype(int))
    return {"temperature": temperature, **{f"{stars} stars": float(1 / (1 + np.exp(-cut))) for stars, cut in enumerate(cuts, 2)}}
