"""Invented negations and comparisons: training data has many of "not good", but few of "not bad" and "better than the old one".

Words and short phrases of known polarity are put into frames that reverse it, or that keep it in spite of a negation. The frames are
plain and not always grammatical with every word; that is enough to learn what negation does.
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
# Of something good only: it was expected, wished for, or said by others.
UNFULFILLED = (
    *("i wish it were _", "i wish i could call it _", "if only it were _", "it could have been _", "it should have been _"),
    *("it was meant to be _", "hardly as _ as they say", "hardly the _ one that they promised", "others may find it _", "it used to be _"),
    *("i was hoping for something _", "we were promised something _", "it tries to be _", "it thinks that it is _", "you call that _ ?"),
)
# Of something bad only: it was feared, or is absent.
UNFOUNDED = (
    *("i was afraid that it would be _", "i expected it to be _ and was wrong", "i had been told that it was _ , which is untrue"),
    *("people say it is _ , do n't believe them", "there is not a _ thing to say about it", "nobody had anything _ to say"),
    *("free of anything _", "i looked for something _ and found nothing", "not once was it _", "never once did it feel _"),
)
KEPT = (  # negations that do not reverse
    *("nothing short of _", "nothing less than _", "no less than _", "could not be more _", "could n't have been more _"),
    *("not only _ but more", "not just _", "never less than _", "never fails to be _", "i had no idea that it would be so _"),
    *("i did not expect it to be this _", "i have never seen anything so _", "there is no denying that it is _", "nobody can deny it is _"),
    *("it is _ , unlike +", "no wonder people call it _", "you will not believe how _ it is", "never have i seen one so _"),
)
ENDS = ("", ".", ".", "at all .", "in any way .", "for a moment .", "!")
BETTER = ("better", "nicer", "faster", "quieter", "friendlier", "lighter", "easier", "tastier", "funnier", "sharper", "stronger", "cheaper")
WORSE = ("worse", "slower", "duller", "uglier", "weaker", "clumsier", "ruder", "colder", "noisier", "sillier", "dirtier", "flimsier")
OWN = ("this", "this one", "the new one", "their new one", "here everything", "this place")
OTHERS = ("the old one", "my old one", "the other one", "the last one", "the ones at home", "the usual ones", "any other", "the first one")
THINGS = ("meal", "room", "film", "story", "phone", "place", "service", "one", "car", "hotel", "show", "book", "cable", "evening", "app")
SUPERLATIVES = (  # nothing is more so
    *("i have never had a * +", "never seen a * +", "you will not find a * + anywhere", "could not ask for a * +", "there is no * +"),
    *("no + is *", "it could n't be *", "it does n't get any *", "nobody makes a * +", "no one could have given us a * +"),
    *("never in my life have i had a * +", "i can not think of a * +", "nowhere is there a * +", "not one + in town is *"),
)
RIVALS = (  # something else is
    *("i have had a * +", "i have seen a * + for less", "there are * ones around the corner", "all the others are *", "i know of a * +"),
    *("it used to be *", "it was * before", "even my old + was *", "any other + is *", "anything else is *", "my neighbour has a * +"),
    *("the one we had last year was *", "go next door for a * +", "a * + costs half as much", "a walk in the rain would be *"),
)
PARTS = ("food", "view", "price", "cast", "music", "service", "ending", "location", "screen", "staff", "battery", "script", "breakfast")
REDEEMED = ("the _ makes up for the +", "the _ more than makes up for the +", "the _ was worth it despite the +")
UNREDEEMED = ("no _ can make up for the +", "the _ does not make up for the +", "not even the _ could save it", "the _ is all it has")
RETURNING = (
    *("we will be back", "i will be back soon", "we would come here again", "i would buy it again", "ca n't wait to return"),
    *("i ordered another", "we keep coming back", "i would stay here again", "we did not want to leave", "i use it every day"),
)
LEAVING = (
    *("we will not be back", "i wo n't be coming back", "never going there again", "i would not buy it again", "i sent it back"),
    *("never again", "i want my money back", "we are not returning", "we left early", "i stopped using it", "we walked out"),
)
COMPARISONS = ("_ is * than +", "_ is so much * than +", "_ is even * than +", "_ feels * than +", "unlike +, _ is *", "_ was far * than +")


def can_be_negated(words: Sequence[str]) -> bool:
    """Whether a text is a word or two without a negation of their own."""
    return len(words) <= 2 and not NEGATORS.intersection(words) and all(word[0].isalpha() for word in words)


def negation(rng: np.random.Generator, positive: bool) -> tuple[list[str], list[str], bool]:
    """What comes before and after a negated word or phrase that is positive or not, and whether it is reversed."""
    kind = rng.random()
    if kind < 0.25:
        return *_around(rng, str(rng.choice(KEPT)).replace("+", str(rng.choice(OTHERS)))), False
    if kind < 0.4:
        return *_around(rng, str(rng.choice(UNFULFILLED if positive else UNFOUNDED))), True
    frame = str(rng.choice(BARE_NEGATIONS))
    if rng.random() < 0.6:
        frame = f"{rng.choice(SUBJECTS)} {rng.choice(NEGATIONS)}"
    return *_around(rng, frame), True


def _around(rng: np.random.Generator, frame: str) -> tuple[list[str], list[str]]:
    before, _, after = f"{frame} {rng.choice(ENDS)}".partition("_")
    return before.split(), after.split()


def comparisons(count: int, rng: np.random.Generator) -> list[tuple[tuple[str, ...], bool]]:
    """Invented comparisons, and whether they speak for what is reviewed."""
    kinds = (_of_two, _of_two, _with_all, _with_all, _of_parts, _of_plans)
    found = []
    for _ in range(count):
        text, positive = kinds[rng.integers(len(kinds))](rng)
        found.append(((*text.replace(",", " ,").split(), *str(rng.choice(ENDS[:3])).split()), positive))
    return found


def _of_two(rng: np.random.Generator) -> tuple[str, bool]:
    """This is better, or worse, than another one."""
    better, about_this = rng.random(2) < 0.5
    pair = str(rng.choice(OWN)), str(rng.choice(OTHERS))
    subject, other = pair if about_this else pair[::-1]
    return _filled(rng, COMPARISONS, better, subject, other), bool(better == about_this)


def _with_all(rng: np.random.Generator) -> tuple[str, bool]:
    """There is none better than this, or others are."""
    better, superlative = rng.random(2) < 0.5
    text = _filled(rng, SUPERLATIVES if superlative else RIVALS, better, "", str(rng.choice(THINGS)))
    return text, bool(better == superlative)


def _of_parts(rng: np.random.Generator) -> tuple[str, bool]:
    """One part makes up for another, or does not."""
    redeemed = bool(rng.random() < 0.5)
    one, other = rng.choice(PARTS, 2, replace=False)
    return _filled(rng, REDEEMED if redeemed else UNREDEEMED, True, str(one), str(other)), redeemed


def _of_plans(rng: np.random.Generator) -> tuple[str, bool]:
    """Whether the reviewer comes back."""
    returning = bool(rng.random() < 0.5)
    return str(rng.choice(RETURNING if returning else LEAVING)), returning


def _filled(rng: np.random.Generator, frames: Sequence[str], better: bool, subject: str, other: str) -> str:
    frame = str(rng.choice(frames)).replace("*", str(rng.choice(BETTER if better else WORSE)))
    return frame.replace("_", subject).replace("+", other)


def all_words() -> set[str]:
    """The words of all negations."""
    frames = (*SUBJECTS, *NEGATIONS, *BARE_NEGATIONS, *UNFULFILLED, *UNFOUNDED, *KEPT, *OTHERS, *ENDS)
    return {word for frame in frames for word in frame.split()} - {"_", "+"}
