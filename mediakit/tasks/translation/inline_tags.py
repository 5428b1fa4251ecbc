"""Tags within a sentence that the model cannot place: taken out, and put back around the words that attended to theirs."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>|</?\d+[ ]?/?>")
_FIRST_LETTER = re.compile(r"\w|\Z")
_LAST_LETTER = re.compile(r"\w(?=\W*\Z)|\Z")


class TagSpan(NamedTuple):
    """An opening and a closing placeholder around the source words `first` to `last`."""

    opening: str
    closing: str
    first: int
    last: int


def without_tags(text: str, kept: dict[str, str]) -> tuple[str, tuple[TagSpan, ...]] | None:
    """A sentence without the placeholders that stand for tags, and where these were.

    Args:
        text: with placeholders.
        kept: what each placeholder stands for.

    None for a sentence without tags, and where tags are not pairs around whole words, one after the other.
    """
    plain, opened, spans = "", "", []
    first = 0
    for i, character in enumerate(text):
        if character not in kept or not _TAG.fullmatch(kept[character]):
            plain += character
            continue
        words = len(plain.split())
        if not opened:
            if plain[-1:].isalnum() or not text[i + 1 : i + 2].strip():
                return None
            opened, first = character, words - bool(plain[-1:].strip())
        elif not plain[-1:].strip() or text[i + 1 : i + 2].isalnum():
            return None
        else:
            spans.append(TagSpan(opened, character, first, words - 1))
            opened = ""
    return (plain, tuple(spans)) if spans and not opened else None


def with_tags(text: str, weights: np.ndarray, spans: Sequence[TagSpan]) -> str | None:
    """A translation with the placeholders of tags around the words that attended most to theirs; None where these cross.

    Args:
        text: the translation.
        weights: the attention of its words over the source's words, float `[target, source]`.
        spans: where the tags were in the source.
    """
    words = text.split()
    if len(words) != len(weights) or not words or any(span.last >= weights.shape[1] for span in spans):
        return None
    attended = weights.argmax(axis=1)
    has_letter = np.array([any(map(str.isalnum, word)) for word in words])
    best = [int((weights[:, span.first : span.last + 1].sum(axis=1) * has_letter).argmax()) for span in spans]
    before = -1  # the last word of the tags before
    for word, span in sorted(zip(best, spans, strict=True)):
        inside = (attended >= span.first) & (attended <= span.last) & has_letter
        start = last = word
        while start > 0 and inside[start - 1]:
            start -= 1
        while last < len(words) - 1 and inside[last + 1]:
            last += 1
        if start <= before:
            return None
        before = last
        # After a quotation mark and before a full stop.
        words[start] = _FIRST_LETTER.sub(rf"{span.opening}\g<0>", words[start], count=1)
        words[last] = _LAST_LETTER.sub(rf"\g<0>{span.closing}", words[last], count=1)
    return " ".join(words)
