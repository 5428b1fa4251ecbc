"""Everyday English sentences and their Hindi, made by rules: as many as wanted, none of them anybody's.

What people say to each other makes use of few patterns and many words, and parallel text has few of either. The patterns are in
`hindi_sentences.txt`, each an English sentence and its Hindi with places for phrases (see `hindi_phrases`); most take a clause, which is
made here of a subject, an action, a tense and a time. The sentences are right as sentences, though many say odd things.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mediakit.datasets.hindi_grammar import Agreement, future, perfective
from mediakit.datasets.hindi_phrases import Action, NounPhrase, Words, join

PATTERNS = Path(__file__).with_name("hindi_sentences.txt")
_PLACES = re.compile(r"\{(\w)")


@dataclass(frozen=True)
class Tense:
    """How a clause is said.

    In Hindi `subject` is h for the direct case, n for that with ne where the verb wants it, k for that with ko. `times` are those
    that suit, X being a day and Xs every such day. In the texts s is the subject, v the action, x what a perfective agrees with.
    """

    weight: int
    english: str
    negative: str
    question: str
    subject: str
    hindi: str
    hindi_negative: str
    times: tuple[str, ...] = ()


PAST = ("yesterday", "last night", "last week", "last year", "this morning")
FUTURE = ("tomorrow", "tonight", "next week", "next year", "next month", "soon", "today")
TENSES = {
    "present": Tense(
        5,
        "{s} {does}",
        "{s} {s.do}n't {v}",
        "{s.do} {s} {v}",
        "h",
        "{s:{v.root}ता है}",
        "नहीं {s:{v.root}ता.}",
        ("every day", "every day", "today", "Xs"),
    ),
    "progressive": Tense(
        4,
        "{s.im} {v.ing}",
        "{s.im} not {v.ing}",
        "{s.am} {s} {v.ing}",
        "h",
        "{v.root} {s:रहा है}",
        "नहीं {v.root} {s:रहा है}",
        ("now",),
    ),
    "past": Tense(
        8,
        "{s} {v.past}",
        "{s} didn't {v}",
        "did {s} {v}",
        "n",
        "{x:{did}.}",
        "नहीं {x:{did}.}",
        (*PAST, "X"),
    ),
    "future": Tense(
        4,
        "{s.ill} {v}",
        "{s} won't {v}",
        "will {s} {v}",
        "h",
        "{will}",
        "नहीं {will}",
        (*FUTURE, "X"),
    ),
    "going": Tense(
        2,
        "{s.im} going to {v}",
        "{s.im} not going to {v}",
        "{s.am} {s} going to {v}",
        "h",
        "{will}",
        "नहीं {will}",
        FUTURE,
    ),
    "perfect": Tense(
        2,
        "{s.ive} {v.participle}",
        "{s.ive} not {v.participle}",
        "{s.have} {s} {v.participle}",
        "n",
        "{x:{did} है}",
        "नहीं {x:{did} है}",
    ),
    "was": Tense(
        2,
        "{s} {s.was} {v.ing}",
        "{s} {s.was}n't {v.ing}",
        "{s.was} {s} {v.ing}",
        "h",
        "{v.root} {s:रहा था}",
        "नहीं {v.root} {s:रहा था}",
    ),
    "can": Tense(
        4,
        "{s} can {v}",
        "{s} can't {v}",
        "can {s} {v}",
        "h",
        "{v.root} {s:सकता है}",
        "{v.root} नहीं {s:सकता.}",
    ),
    "must": Tense(
        2,
        "{s} must {v}",
        "{s} mustn't {v}",
        "must {s} {v}",
        "k",
        "{v:{v.root}ना होगा}",
        "नहीं {v:{v.root}ना} चाहिए",
    ),
    "have to": Tense(
        2,
        "{s} {s.have} to {v}",
        "{s} {s.do}n't have to {v}",
        "{s.do} {s} have to {v}",
        "k",
        "{v:{v.root}ना} {must}",
        "{v.root}ने की ज़रूरत नहीं है",
    ),
    "should": Tense(
        2,
        "{s} should {v}",
        "{s} shouldn't {v}",
        "should {s} {v}",
        "k",
        "{v:{v.root}ना} चाहिए",
        "नहीं {v:{v.root}ना} चाहिए",
    ),
    "want": Tense(
        4,
        "{s} want{s.s} to {v}",
        "{s} {s.do}n't want to {v}",
        "{s.do} {s} want to {v}",
        "h",
        "{v.root}ना {s:चाहता है}",
        "{v.root}ना नहीं {s:चाहता.}",
    ),
    "would like": Tense(
        1,
        "{s} would like to {v}",
        "{s} wouldn't like to {v}",
        "would {s} like to {v}",
        "h",
        "{v.root}ना {chah}",
        "{v.root}ना नहीं {chah}",
    ),
    "used to": Tense(
        1,
        "{s} used to {v}",
        "{s} didn't use to {v}",
        "did {s} use to {v}",
        "h",
        "{s:{v.root}ता था}",
        "नहीं {s:{v.root}ता था}",
    ),
}


@dataclass(frozen=True)
class Clause:
    """Something that somebody does. `str()` is the English statement, `ask` the English question; `h` is the Hindi, and
    `format(clause, "कहाँ")` the Hindi with a word that asks before the verb."""

    english: str
    ask: str
    before: str
    near: str
    verb: str

    def __format__(self, word: str) -> str:
        return join(self.before, word, self.near, self.verb) if word else self.english

    @property
    def h(self) -> str:
        return join(self.before, self.near, self.verb)


@dataclass(frozen=True)
class Pattern:
    """One line of the patterns' file: `things`, `determiners` and `quality` are what its section says of `{t}` and `{a}`."""

    english: str
    hindi: str
    weight: float
    things: tuple[str, ...]
    determiners: tuple[str, ...]
    quality: str
    subject: str


class Sentences:
    """Sentences at random; the same seed gives the same ones."""

    def __init__(self, seed: int = 1):
        self.words = Words(seed)
        self.random = self.words.random

    @cached_property
    def patterns(self) -> tuple[list[Pattern], list[float]]:
        """All of them, and how often each is to come."""
        found: list[Pattern] = []
        section: list[list[str]] = []
        options: dict[str, str] = {}

        def end() -> None:
            lists = [tuple(options.get(key, "").split(",")) if options.get(key) else () for key in "tk"]
            weight = float(options.get("w", 1)) / max(1, len(section))
            found.extend(Pattern(en, hi, weight, lists[0], lists[1], options.get("a", ""), options.get("s", "")) for en, hi in section)

        for line in PATTERNS.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                end()
                section, options = [], dict(part.split("=") for part in line.strip("[]").split())
            elif line and not line.startswith("#"):
                section.append(line.split(" = "))
        end()
        return found, [pattern.weight for pattern in found]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Pairs without an end; some come more than once."""
        patterns, weights = self.patterns
        while True:
            yield self.fill(self.random.choices(patterns, weights)[0])

    def fill(self, pattern: Pattern) -> tuple[str, str]:
        """A pattern's places filled at random."""
        drawn: dict[str, Any] = {}
        # In this order, since what people do and own depends on who they are.
        for name in sorted(set(_PLACES.findall(pattern.english + pattern.hindi)), key="sotuvwcdqapnly".index):
            drawn[name] = self._draw(name, drawn, pattern)
        english, hindi = (text.format_map(drawn) for text in (pattern.english, pattern.hindi))
        if hindi.startswith("?"):  # a question to be answered with yes or no
            hindi = f"क्या {hindi[1:]}?" if self.random.random() < 0.55 else f"{hindi[1:]} क्या?"
        elif hindi[-1] not in "।?!":
            hindi += english[-1] if english[-1] in "?!" else "।"
        return english[0].upper() + english[1:], " ".join(hindi.split())

    def _draw(self, name: str, drawn: dict[str, Any], pattern: Pattern) -> Any:
        words: Words = self.words
        subject: Any = drawn.get("s")
        if name == "s":
            return words.pronoun(self.random.choice(pattern.subject.split(","))) if pattern.subject else words.somebody()
        if name == "o":
            return words.somebody(subject)
        if name in "tu":
            return words.thing(words.noun(pattern.things or ("thing",)), pattern.determiners, subject if name == "t" else None)
        if name in "vw":
            return words.action(subject if name == "v" and subject else drawn["o"] if name == "w" else words.pronoun("you"))
        if name in "cd":
            return self.clause(subject if name == "c" and subject and pattern.subject else words.somebody())
        if name == "q":
            asked = subject or (words.pronoun("you") if self.random.random() < 0.6 else words.somebody())
            return self.clause(asked, negative=False)
        if name == "a":
            return words.adjective(pattern.quality or (drawn.get("t") or subject).kind)
        if name == "p":
            return words.thing(words.noun(("place", "home")), ("the", "the", "this", "mine"), adjective=0)
        if name == "l":
            return words.noun(("land",))
        english, hindi = self.random.choice(words.fixed["number" if name == "n" else "day"])
        return Word(english, hindi)

    def clause(self, subject: NounPhrase, negative: bool | None = None) -> Clause:
        """What somebody does, at random."""
        return self.say(subject, self.words.action(subject), negative)

    def say(self, subject: NounPhrase, action: Action, negative: bool | None = None) -> Clause:
        """An action in a tense at random."""
        rng = self.random
        [tense] = rng.choices(list(TENSES.values()), [each.weight for each in TENSES.values()])
        no = rng.random() < 0.22 if negative is None else negative
        time, when = self._when(tense) if rng.random() < 0.35 else ("", "")
        doer = action.to or Agreement() if action.ergative else subject.to
        must = rng.choice(("होगा", "पड़ेगा", "है"))
        said = {
            "s": subject, "v": action, "x": doer, "did": perfective(action.root), "will": future(action.root, subject.to),
            "does": action.es if subject.person == 3 else action.base, "chah": future("चाह", subject.to),
            "must": _must(must, action.to or Agreement()),
        }  # fmt: skip
        english, question = ((tense.negative if no else tense.english), tense.question)
        case = {"h": subject.hindi, "k": subject.ko, "n": subject.ne if action.ergative else subject.hindi}[tense.subject]
        return Clause(
            join(english.format_map(said), time),
            join(question.format_map(said), time),
            join(case, when, action.before),
            action.near,
            (tense.hindi_negative if no else tense.hindi).format_map(said),
        )

    def _when(self, tense: Tense) -> tuple[str, str]:
        if not tense.times:
            return "", ""
        name = self.random.choice(tense.times)
        if name in ("X", "Xs"):
            day, hindi = self.random.choice(self.words.fixed["day"])
            return f"on {day}{name[1:]}", f"{hindi} को"
        if self.random.random() < 0.1 and name != "now":
            hour, hindi = self.random.choice(self.words.fixed["number"][:10])
            return f"at {hour} o'clock", f"{hindi} बजे"
        return next(pair for pair in self.words.fixed["when"] if pair[0] == name)


@dataclass(frozen=True)
class Word:
    """A word and its Hindi."""

    english: str
    hindi: str

    def __str__(self) -> str:
        return self.english


def _must(how: str, to: Agreement) -> str:
    return future("पड़", to) if how == "पड़ेगा" else format(to, how)


def word_pairs(seed: int = 1) -> Iterator[tuple[str, str]]:
    """Each word of the list with its Hindi, as in a dictionary."""
    words = Words(seed)
    for nouns in words.nouns.values():
        for each in nouns:
            yield each.english, each.hindi
            if each.many:
                yield each.many, each.forms(True)
    yield from ((each.english, each.hindi) for each in words.adjectives)
    yield from ((f"to {each.base}", join(each.near, each.root + "ना")) for each in words.verbs)
    yield from (pair for pairs in words.fixed.values() for pair in pairs)
