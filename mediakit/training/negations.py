"""Invented negations and comparisons: training data has many of "not good", but few of "not bad" and "better than the old one".

Words and short phrases of known polarity are put into frames that turn it around. The frames are plain and not always grammatical
with every word; that is enough to learn what negation does.
"""

from collections.abc import Sequence

import numpy as np

NEGATORS = frozenset({"not", "n't", "no", "never", "without", "nothing", "none", "nobody", "hardly", "neither", "nor", "lack", "less"})
SUBJECTS = ("it", "this", "it all", "the food", "the staff", "the film", "the story", "the sound", "the place", "the phone", "they", "we")
# `_` is the word or phrase; frames that begin with a verb follow a subject.
NEGATIONS = (
    *("is not _", "is n't _", "was not _", "was n't _", "were n't _", "is never _", "was never _", "is hardly _", "is by no means _"),
    *("do n't _", "does n't _", "did n't _", "does not _", "did not _", "never _", "wo n't _", "has n't _", "could not be _"),
    *("is not a _ one", "is not the least bit _", "is neither _ nor anything like it", "is far from _", "is anything but _"),
)
BARE_NEGATIONS = (
    *("not _", "never _", "no _", "without _", "hardly any _", "nothing _", "not _ at all", "not at all _", "not a _", "none of it _"),
    *("nothing about it is _", "there is no _", "there is nothing _ here", "nobody would call it _", "no one found it _"),
    *("i have no _", "we had no _", "i would not call it _", "you ca n't call it _", "no reason to be _", "not one of them was _"),
)
ENDS = ("", ".", ".", "at all .", "in any way .", "for a moment .", "!")
BETTER = ("better", "nicer", "faster", "quieter", "friendlier", "lighter", "easier", "tastier", "funnier", "sharper", "stronger", "cheaper")
WORSE = ("worse", "slower", "duller", "uglier", "weaker", "clumsier", "ruder", "colder", "noisier", "sillier", "dirtier", "flimsier")
OWN = ("this", "this one", "the new one", "their new one", "here everything", "this place")
OTHERS = ("the old one", "my old one", "the other one", "the last one", "the ones at home", "the usual ones", "any other", "the first one")
COMPARISONS = ("_ is * than +", "_ is so much * than +", "_ is even * than +", "_ feels * than +", "unlike +, _ is *", "_ was far * than +")


def can_be_negated(words: Sequence[str]) -> bool:
    """Whether a text is a word or two without a negation of their own."""
    return len(words) <= 2 and not NEGATORS.intersection(words) and all(word[0].isalpha() for word in words)


def negation(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """What comes before and after a negated word or phrase."""
    frame = str(rng.choice(BARE_NEGATIONS))
    if rng.random() < 0.6:
        frame = f"{rng.choice(SUBJECTS)} {rng.choice(NEGATIONS)}"
    before, _, after = f"{frame} {rng.choice(ENDS)}".partition("_")
    return before.split(), after.split()


def comparisons(count: int, rng: np.random.Generator) -> list[tuple[tuple[str, ...], bool]]:
    """Comparisons of this with others, and whether they are in favour of this."""
    found = []
    for _ in range(count):
        better, about_this = rng.random(2) < 0.5
        pair = str(rng.choice(OWN)), str(rng.choice(OTHERS))
        subject, other = pair if about_this else pair[::-1]
        frame = str(rng.choice(COMPARISONS)).replace(",", " ,")
        text = frame.replace("*", str(rng.choice(BETTER if better else WORSE))).replace("_", subject).replace("+", other)
        found.append(((*text.split(), *str(rng.choice(ENDS[:3])).split()), bool(better == about_this)))
    return found


def all_words() -> set[str]:
    """The words of all negations."""
    return {word for frame in (*SUBJECTS, *NEGATIONS, *BARE_NEGATIONS, *ENDS) for word in frame.split()} - {"_"}
