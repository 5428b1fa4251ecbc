"""Invented sentences of news, in which names of the world stand where names stand in the news.

`news_patterns.txt` beside this file has a sentence per line, with names left open, such as `{person} of {company} declined to
comment.`; `world_names` fills them in. Labels are those of CoNLL-2003.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np

from mediakit.datasets import world_names
from mediakit.datasets.conll import TaggedSentence
from mediakit.datasets.origin import Origin
from mediakit.text.tokens import tokenize

PATTERNS = Path(__file__).with_name("news_patterns.txt")
ORIGIN = Origin("invented news", "CC0", "sentences written for this package, with random names")

TYPES = {
    **dict.fromkeys(("person", "surname"), "PER"),
    **dict.fromkeys(("organisation", "company", "aid", "journal", "public"), "ORG"),
    "place": "LOC",
    **dict.fromkeys(("nationality", "event", "product"), "MISC"),
}
_PART = re.compile(r"\{(\w+)\}|[^{]+")


@cache
def _patterns() -> list[str]:
    return [line for line in PATTERNS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def write(count: int, rng: np.random.Generator) -> list[TaggedSentence]:
    """`count` random sentences, labels in IOB2."""
    patterns = _patterns()
    return [_filled(patterns[rng.integers(len(patterns))], rng) for _ in range(count)]


def _filled(pattern: str, rng: np.random.Generator) -> TaggedSentence:
    text, types = "", []  # and the type of each character
    for part in _PART.finditer(pattern):
        words = world_names.draw(part[1], rng) if part[1] else part[0]
        kind = TYPES.get(part[1] or "")
        types += [f"B-{kind}", *[f"I-{kind}"] * (len(words) - 1)] if kind else ["O"] * len(words)
        text += words
    tokens = tokenize(text)
    return TaggedSentence(tuple(token.text for token in tokens), tuple(types[token.start] for token in tokens))
