"""Variations of sentence pairs: other names, placeholders, sentences without capitals, two sentences in one line."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mediakit.datasets.parallel_text import SentencePair
from mediakit.text.subwords import PLACEHOLDERS

RENAMED, WITH_PLACEHOLDERS, MARKED, TYPED, JOINED = 0.5, 0.2, 0.015, 0.05, 0.05  # shares of the pairs that allow it
SHORT = 60  # characters of a sentence that may be joined with another
MOST_PLACEHOLDERS = 4  # in one sentence

# Tatoeba's sentences are about two people.
NAMES = {
    "Tom": (
        *("Adam", "Ahmed", "Ali", "Amir", "Anton", "Arjun", "Ben", "Bill", "Bob", "Brian", "Carlos", "Chen", "Daniel", "David", "Diego"),
        *("Dmitri", "Eric", "Ethan", "Finn", "Frank", "Gary", "George", "Giovanni", "Greg", "Harry", "Hassan", "Henry", "Hiroshi"),
        *("Ibrahim", "Ivan", "Jack", "Jamal", "Jan", "Jason", "Jeff", "Jim", "Joe", "John", "Juan", "Karl", "Kenji", "Kevin", "Kofi"),
        *("Kumar", "Kwame", "Leo", "Liam", "Luca", "Marco", "Mark", "Martin", "Michael", "Miguel", "Mohammed", "Noah", "Oliver", "Omar"),
        *("Otto", "Paul", "Pavel", "Pedro", "Peter", "Pierre", "Rahul", "Richard", "Roger", "Ryan", "Samir", "Scott", "Simon", "Stefan"),
        *("Sven", "Takeshi", "Ted", "Tim", "Tony", "Victor", "Vikram", "Wei", "William", "Yusuf", "Zack"),
    ),
    "Mary": (
        *("Aisha", "Alice", "Amina", "Amy", "Ana", "Angela", "Anna", "Ava", "Carla", "Carmen", "Clara", "Diana", "Elena", "Eliza"),
        *("Ella", "Emily", "Emma", "Erika", "Eva", "Fatima", "Fiona", "Grace", "Hannah", "Helen", "Ingrid", "Irene", "Jane", "Jenny"),
        *("Judy", "Julia", "Karen", "Kate", "Laila", "Laura", "Lena", "Linda", "Lisa", "Lucy", "Luna", "Maya", "Mei", "Mia", "Nadia"),
        *("Nancy", "Naomi", "Nina", "Nora", "Olga", "Olivia", "Paula", "Petra", "Priya", "Rachel", "Rita", "Rosa", "Sally", "Sandra"),
        *("Sara", "Sofia", "Sonia", "Susan", "Tanya", "Tina", "Vera", "Wendy", "Yuki", "Yvonne", "Zahra", "Zoe"),
    ),
}
_WORD = re.compile(r"[^\s.,!?;:\"'()]+(?:[.,:/-][^\s.,!?;:\"'()]+)*")


def vary(pairs: Sequence[SentencePair], seed: int) -> list[SentencePair]:
    """All pairs, some of them varied, and pairs of two sentences beside them; the same seed gives the same ones.

    A model that has seen them copies names that it does not know, keeps `PLACEHOLDERS`, and reads what people type in a hurry.
    """
    random = np.random.default_rng(seed)
    varied = [_varied(pair, random) for pair in pairs]
    short = [pair for pair in varied if len(pair.source) <= SHORT]
    chosen = random.integers(len(short), size=(round(JOINED * len(short)), 2)) if short else []
    return varied + [_joined(short[first], short[second]) for first, second in chosen]


def _varied(pair: SentencePair, random: np.random.Generator) -> SentencePair:
    renamed, with_placeholders, marked, typed = random.random(4) < (RENAMED, WITH_PLACEHOLDERS, MARKED, TYPED)
    if renamed:
        pair = rename(pair, random)
    if with_placeholders:
        pair = put_placeholders(pair, random)
    if marked:
        pair = _mark(pair, random)
    return _as_typed(pair) if typed else pair


def rename(pair: SentencePair, random: np.random.Generator) -> SentencePair:
    """Another name for one that is spelled alike in both languages, in "Tom's" and "Toms" too."""
    for name, others in NAMES.items():
        pattern = re.compile(rf"\b{name}(?='?s?\b)")
        count = len(pattern.findall(pair.source))
        if count and count == len(pattern.findall(pair.target)) == pair.target.count(name):
            other = others[random.integers(len(others))]
            pair = replace(pair, source=pattern.sub(other, pair.source), target=pattern.sub(other, pair.target))
    return pair


def put_placeholders(pair: SentencePair, random: np.random.Generator) -> SentencePair:
    """Placeholders for the names and numbers that occur once, and alike, in both languages."""
    target = _once(pair.target)
    same = [word for word in _once(pair.source) if word in target and _may_be_copied(word)][:MOST_PLACEHOLDERS]
    marks = sorted(random.choice(PLACEHOLDERS, len(same), replace=False))
    for word, mark in zip(same, marks, strict=True):
        pair = replace(pair, source=pair.source.replace(word, mark), target=pair.target.replace(word, mark))
    return pair


def _once(text: str) -> list[str]:
    """The words that occur once in a text, not even within another word."""
    return [word for word, count in Counter(_WORD.findall(text)).items() if count == text.count(word) == 1]


def _may_be_copied(word: str) -> bool:
    return (word[0].isupper() and len(word) > 2) or any(map(str.isdigit, word))


def _mark(pair: SentencePair, random: np.random.Generator) -> SentencePair:
    """A placeholder before or after the sentence, where an emoji or an address would be."""
    form = ("{sentence} {mark}", "{mark} {sentence}", "{mark}: {sentence}")[random.integers(3)]
    mark = random.choice([mark for mark in PLACEHOLDERS if mark not in pair.source])
    return replace(pair, source=form.format(sentence=pair.source, mark=mark), target=form.format(sentence=pair.target, mark=mark))


def _as_typed(pair: SentencePair) -> SentencePair:
    """The source without capitals, both without a full stop."""
    source, target = pair.source.lower(), pair.target
    if source.endswith(".") and target.endswith("."):
        source, target = source.rstrip("."), target.rstrip(".")
    return replace(pair, source=source, target=target)


def _joined(first: SentencePair, second: SentencePair) -> SentencePair:
    weight = (first.weight + second.weight) / 2
    return SentencePair(f"{first.source} {second.source}", f"{first.target} {second.target}", first.origin, weight)
