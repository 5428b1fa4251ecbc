"""What a photo shows, as probabilities of words, and what a caption may say because of it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets.concepts import Concept, read_table
from mediakit.errors import ModelError
from mediakit.text.vocabulary import UNKNOWN, Vocabulary

PRONOUNS = ("he", "she", "his", "her", "hers", "him", "himself", "herself", "someone", "male", "female")


@dataclass(frozen=True)
class Limits:
    """How probable a concept must be before a caption may name it.

    Args:
        person: for the words of any person, the probability that at least one of the person concepts is there.
        thing: for a thing's words, the probability of the thing.
        things: limits of single things, by their words.
    """

    person: float = 0.0
    thing: float = 0.0
    things: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A person or thing in a photo: its word, the phrase that names it ("a cup"), and its probability."""

    word: str
    phrase: str
    probability: float


class Concepts:
    """The concepts of a model and the words of its vocabulary that mean them.

    Args:
        table: the concepts, in the order of the network's probabilities.
        vocabulary: of the captions.
        limits: how probable a concept must be before a caption may name it.
    """

    def __init__(self, table: Sequence[Concept], vocabulary: Vocabulary, limits: Limits):
        self._table, self._limits = tuple(table), limits
        self._things = np.array([concept.kind == "thing" for concept in table])
        self._persons = np.array([concept.kind == "person" for concept in table])
        # [vocabulary, concepts]: whether the word is a form of the concept.
        self._means = np.zeros((len(vocabulary), len(table)), bool)
        for i, concept in enumerate(table):
            self._means[vocabulary.encode(" ".join(concept.forms)), i] = True
        self._means[UNKNOWN] = False  # stands for all forms that the vocabulary lacks
        pronouns = np.zeros(len(vocabulary), bool)
        pronouns[vocabulary.encode(" ".join(PRONOUNS))] = True
        person = self._means[:, self._persons].any(axis=1)
        self._of_person = np.flatnonzero(person | pronouns)
        # Words that can mean nothing but things: "orange" is a colour as well.
        self._of_thing = np.flatnonzero(self._means.any(axis=1) & ~self._means[:, ~self._things].any(axis=1))
        self._least = np.array([limits.things.get(concept.word, limits.thing) for concept in table])
        # A caption names a thing, a colour or an action once: no "white and white". Persons recur: "a man talks to another man".
        self.once = frozenset(np.flatnonzero(self._means[:, ~self._persons].any(axis=1)).tolist())

    @classmethod
    def read(cls, path: Path, vocabulary: Vocabulary, limits: dict[str, Any]) -> "Concepts":
        """The concepts of a model folder. Raises ModelError when the file or the limits cannot be used."""
        try:
            return cls(read_table(path), vocabulary, Limits(**limits))
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise ModelError(f"{path}: not a table of concepts: {error}") from error

    def forbidden(self, probabilities: np.ndarray) -> tuple[int, ...]:
        """Ids of the words that a caption must not use, given the concepts' probabilities `[concepts]`."""
        unseen = []
        if self._anybody(probabilities) < self._limits.person:
            unseen.append(self._of_person)
        seen = self._means[self._of_thing] & (probabilities >= self._least)
        unseen.append(self._of_thing[~seen.any(axis=1)])
        return tuple(np.concatenate(unseen).tolist())

    def support(self, tokens: Sequence[int], probabilities: np.ndarray) -> np.ndarray:
        """How probable the persons and things are that a caption names, float `[words that name one]`: of a person's word the
        probability that anybody is there, of a thing's word that of the thing."""
        means = self._means[list(tokens)]
        person = means[:, self._persons].any(axis=1)
        thing = (means[:, self._things] * probabilities[self._things]).max(axis=1, initial=0.0)
        named = person | means[:, self._things].any(axis=1)
        return np.where(person, self._anybody(probabilities), thing)[named]

    def seen(self, probabilities: np.ndarray, least: float = 0.1, count: int = 10) -> tuple[Seen, ...]:
        """The persons and things of at least this probability, most probable first."""
        named = np.where(self._persons | self._things, probabilities, 0.0)
        order = np.argsort(-named, kind="stable")[:count]
        return tuple(Seen(self._table[i].word, self._table[i].phrase, float(named[i])) for i in order if named[i] >= least)

    def _anybody(self, probabilities: np.ndarray) -> float:
        """The probability that at least one of the person concepts is there."""
        return float(1 - np.prod(1 - probabilities[self._persons]))
