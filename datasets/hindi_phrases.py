"""Phrases in English and Hindi at once: who, what, what they do and when. All are drawn at random from a list of words.

The list, `hindi_words.txt`, was written for this. In its sections, which are classes of words, a line has an English word and the
Hindi one that people use for it, with what is needed to inflect both.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mediakit.datasets.hindi_grammar import (
    Agreement,
    agree,
    comparative,
    ing,
    noun,
    perfective,
    plural,
    request,
    subjunctive,
    third_person,
    with_article,
)

WORDS = Path(__file__).with_name("hindi_words.txt")
_PRONOUNS = {"I", "you", "he", "she", "we", "they"}
_RESPECTED = {"father", "mother", "uncle", "aunt", "grandfather", "grandmother", "teacher", "boss"}
_BARE = {"land", "language", "sport", "subject"}  # classes whose nouns have no article
_ANIMATE = {"person", "relative", "animal"}


@dataclass(frozen=True)
class Noun:
    """`many` is the English plural, empty if there is none."""

    english: str
    many: str
    hindi: str
    gender: str
    kind: str

    def forms(self, plural: bool, oblique: bool = False) -> str:
        """Its Hindi in a case and number; what stands before the last word is an adjective."""
        *before, last = self.hindi.split()
        return " ".join([*(agree(word, self.gender[0], plural, oblique) for word in before), noun(last, self.gender, plural, oblique)])


@dataclass(frozen=True)
class Adjective:
    """`kind`: what it can be said of: noun, being, idea or any."""

    english: str
    more: str  # the comparative
    hindi: str
    kind: str

    def __str__(self) -> str:
        return self.english


@dataclass(frozen=True)
class Verb:
    """English base, past, participle; Hindi: what belongs before the verb, and its root. `agreement` is that of a noun in `near`.

    `objects`: classes of things or single words, one of to, in, from, on, or who-X, X being the postposition.
    """

    base: str
    past: str
    participle: str
    near: str
    root: str
    ergative: bool
    agreement: Agreement | None
    objects: tuple[str, ...]


@dataclass(frozen=True)
class NounPhrase:
    """Somebody or something. `str()` is it as an English subject; `format(phrase, "जाता है")` agrees with it.

    `ne`, `ko` and `ka` are its Hindi cases; `person` is what English verbs agree with: 1 (I), 2 (you and all plurals) or 3.
    """

    english: str
    me: str
    my: str
    hindi: str
    oblique: str
    ne: str
    ko: str
    ka: str
    to: Agreement
    person: int
    short: bool = False  # I'm, not I am
    kind: str = "being"  # which adjectives it can have

    def __format__(self, words: str) -> str:
        return format(self.to, words) if words else self.english

    @property
    def am(self) -> str:
        return {1: "am", 2: "are", 3: "is"}[self.person]

    @property
    def im(self) -> str:
        return self.english + ({1: "'m", 2: "'re", 3: "'s"}[self.person] if self.short else f" {self.am}")

    @property
    def was(self) -> str:
        return "were" if self.person == 2 else "was"

    @property
    def do(self) -> str:
        return "does" if self.person == 3 else "do"

    @property
    def have(self) -> str:
        return "has" if self.person == 3 else "have"

    @property
    def ive(self) -> str:
        return self.english + (("'s" if self.person == 3 else "'ve") if self.short and self.english in _PRONOUNS else f" {self.have}")

    @property
    def ill(self) -> str:
        return self.english + ("'ll" if self.short and self.english in _PRONOUNS else " will")

    @property
    def s(self) -> str:
        """The ending of regular verbs."""
        return "s" if self.person == 3 else ""

    @property
    def ke(self) -> str:
        return agree(self.ka, "m", True)

    @property
    def ki(self) -> str:
        return agree(self.ka, "f", False)

    @property
    def se(self) -> str:
        return self.oblique + ("से" if self.english in _PRONOUNS else " से")

    def possessed(self, thing: Noun, plural: bool, oblique: bool = False) -> str:
        return f"{agree(self.ka, thing.gender[0], plural, oblique)} {thing.forms(plural, oblique)}"


@dataclass(frozen=True)
class Action:
    """A verb with all but its subject. `str()` is the English infinitive; `format(action, "होगा")` agrees with the object.

    In Hindi `before` are objects and places, `near` is what no other word parts from the verb but नहीं.
    """

    base: str
    past: str
    participle: str
    before: str
    near: str
    root: str
    ergative: bool
    to: Agreement | None

    def __format__(self, words: str) -> str:
        return format(self.to or Agreement(), words) if words else self.base

    @property
    def ing(self) -> str:
        return ing(self.base)

    @property
    def es(self) -> str:
        return third_person(self.base)

    @property
    def stem(self) -> str:
        return join(self.before, self.near, self.root)

    @property
    def ne(self) -> str:
        """The oblique infinitive, करने."""
        return self.stem + "ने"

    @property
    def must(self) -> str:
        """The infinitive in agreement with the object, करनी."""
        return f"{join(self.before, self.near)} {format(self, self.root + 'ना')}".strip()

    @property
    def who(self) -> str:
        """Who did it?"""
        return join("किसने" if self.ergative else "कौन", self.before, self.near)

    @property
    def did(self) -> str:
        """The perfective of who it was."""
        return format(self.to or Agreement() if self.ergative else Agreement(), perfective(self.root) + ".")

    @property
    def order(self) -> str:
        return join(self.before, self.near, subjunctive(self.root, Agreement(2)))

    @property
    def dont(self) -> str:
        return join(self.before, self.near, "मत", subjunctive(self.root, Agreement(2)))

    @property
    def please(self) -> str:
        return join(self.before, self.near, request(self.root))

    @property
    def please_dont(self) -> str:
        return join(self.before, self.near, "मत", request(self.root))


def join(*parts: str) -> str:
    """Those that are not empty."""
    return " ".join(part for part in parts if part)


class Words:
    """The list of words, and phrases drawn from it with a random state of its own."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        plain = _read(WORDS)
        self.adjectives = [_adjective(*pair) for pair in plain.pop("adjective")]
        self.verbs = [_verb(*pair) for pair in plain.pop("verb")]
        self.names = [_name(*pair) for pair in plain.pop("name")]
        self.fixed = {name: plain.pop(name) for name in ("number", "when", "day")}
        self.nouns = {name: [_noun(name, *pair) for pair in pairs] for name, pairs in plain.items()}

    @cached_property
    def by_word(self) -> dict[str, Noun]:
        """Each noun by its English."""
        return {each.english: each for nouns in reversed(self.nouns.values()) for each in nouns}

    def noun(self, specs: Sequence[str]) -> Noun:
        """One of any of these classes, or one of these words."""
        spec = self.random.choice(specs)
        return self.random.choice(self.nouns[spec]) if spec in self.nouns else self.by_word[spec]

    def adjective(self, kind: str) -> Adjective:
        """One that can be said of this kind of thing."""
        return self.random.choice([each for each in self.adjectives if each.kind in (kind, "any")])

    def pronoun(self, english: str) -> NounPhrase:
        """With the speaker's gender, the hearer's and how one speaks to her drawn at random."""
        gender = "m" if self.random.random() < 0.87 else "f"
        polite = english == "you" and self.random.random() < 0.35
        return replace(_pronouns(gender, polite)[english], short=self.random.random() < 0.7)

    def somebody(self, but: NounPhrase | None = None) -> NounPhrase:
        """A person; `but`: not this one."""
        while True:
            [make] = self.random.choices((self._any_pronoun, self._name, self._relative, self._stranger), (62, 20, 10, 8))
            found = make()
            if not but or _others(found, but):
                return found

    def _any_pronoun(self) -> NounPhrase:
        return self.pronoun(self.random.choices(("I", "you", "he", "she", "we", "they"), (6, 4, 6, 3, 2, 2))[0])

    def _name(self) -> NounPhrase:
        return replace(self.random.choices(self.names, [8, 3, *[1] * (len(self.names) - 2)])[0], short=self.random.random() < 0.5)

    def _relative(self) -> NounPhrase:
        noun, owner = self.noun(["relative"]), self.pronoun(self.random.choices(("I", "you", "he", "she"), (5, 2, 2, 1))[0])
        respected = noun.english in _RESPECTED
        hindi, oblique = owner.possessed(noun, respected), owner.possessed(noun, False, True)
        return NounPhrase(*_named(f"{owner.my} {noun.english}", hindi, noun.gender, oblique, respected))

    def _stranger(self) -> NounPhrase:
        return self.thing(self.noun(["person"]), self.random.choices((("the",), ("that",), ("those",)), (6, 3, 1))[0], adjective=0)

    def thing(self, noun: Noun, determiners: Sequence[str] = (), owner: NounPhrase | None = None, adjective: float = 0.12) -> NounPhrase:
        """A noun with a determiner; `owner` is the sentence's subject, whose own things are अपना."""
        if noun.kind in _BARE:
            determiner = "bare"
        elif noun.many:
            determiner = self.random.choice(determiners) if determiners else self.random.choices(*_USUAL)[0]
        else:
            fit = [each for each in determiners or ("bare", "bare", "bare", "the", "this", "mine") if each in _OF_MASSES]
            determiner = self.random.choice(fit) if fit else "bare"
        many = determiner in ("bare", "those", "these", "number", "many") and bool(noun.many)
        english, cases = noun.many if many else noun.english, [noun.forms(many), noun.forms(many, True)]
        if self.random.random() < adjective and noun.kind not in _BARE | {"idea", "text"}:
            quality = self.adjective("being" if noun.kind in _ANIMATE else "noun")
            if " " not in quality.hindi:
                english = f"{quality} {english}"
                cases = [
                    f"{agree(quality.hindi, noun.gender[0], many, oblique)} {case}"
                    for oblique, case in zip((False, True), cases, strict=True)
                ]
        before, hindi = self._determiner(determiner, noun, many, owner)
        english = with_article(english) if determiner == "a" else join(before, english)
        direct, oblique = (join(determined, case) for determined, case in zip(hindi, cases, strict=True))
        kind = {"idea": "idea", "subject": "idea", "sport": "idea", "text": "idea", "language": "idea"}.get(noun.kind)
        kind = kind or ("being" if noun.kind in _ANIMATE else "noun")
        return NounPhrase(*_named(english, direct, noun.gender, oblique, many, many), kind=kind)

    def _determiner(self, name: str, noun: Noun, many: bool, owner: NounPhrase | None) -> tuple[str, tuple[str, str]]:
        """English, and Hindi in both cases."""
        if name == "number":
            english, hindi = self.random.choice(self.fixed["number"])
            return english, (hindi, hindi)
        if name == "many":
            english, hindi = self.random.choice((("many", "बहुत सारा"), ("a lot of", "बहुत सारा"), ("some", "कुछ")))
            hindi = agree(hindi, noun.gender[0], True)
            return english, (hindi, hindi)
        if name == "mine":
            other = owner if owner and self.random.random() < 0.7 else self.somebody(owner) if owner else self.pronoun("I")
            ka, my = ("अपना", _own(other)) if other is owner else (other.ka, other.my)
            return my, (agree(ka, noun.gender[0], many), agree(ka, noun.gender[0], many, True))
        if name == "a":
            one = "एक" if self.random.random() < 0.6 else ""
            return "", (one, one)
        fixed = {"this": ("यह", "इस"), "that": ("वह", "उस"), "these": ("ये", "इन"), "those": ("वे", "उन")}
        return ("" if name == "bare" else name), fixed.get(name, ("", ""))

    def action(self, subject: NounPhrase) -> Action:
        """Something to do, with what and to whom."""
        verb = self.random.choice(self.verbs)
        kind = verb.objects[0] if verb.objects else ""
        if kind.startswith("who-"):
            english, hindi, to = self._whom(kind.removeprefix("who-"), subject)
        elif kind in ("to", "in", "from", "on"):
            english, hindi, to = self._where(kind, subject)
        elif kind:
            english, hindi, to = self._what(verb.objects, subject)
        else:
            english, hindi, to = "", "", None
        forms = [join(form, english).replace("my best", f"{subject.my} best") for form in (verb.base, verb.past, verb.participle)]
        if self.random.random() < 0.06 and kind not in ("to", "in", "from", "on"):
            place = self.thing(self.noun(["place"]), ("the",), adjective=0)
            forms, hindi = [f"{form} in {place}" for form in forms], join(f"{place.oblique} में", hindi)
        elif self.random.random() < 0.05:
            friend = self.somebody(subject)
            forms, hindi = [f"{form} with {friend.me}" for form in forms], join(f"{friend.ke} साथ", hindi)
        return Action(forms[0], forms[1], forms[2], hindi, verb.near, verb.root, verb.ergative, verb.agreement or to)

    def _whom(self, postposition: str, subject: NounPhrase) -> tuple[str, str, Agreement | None]:
        if self.random.random() < 0.75:
            whom = self.somebody(subject)
        else:
            whom = self.thing(self.noun(["relative", "person", "person"]), ("the", "mine", "this", "that", "these"), subject)
        hindi = {"ko": whom.ko, "se": whom.se, "par": f"{whom.oblique} पर", "ki": whom.ki, "ka": whom.ka}[postposition]
        return whom.me, hindi, Agreement(3, "f") if postposition == "ki" else None

    def _where(self, preposition: str, subject: NounPhrase) -> tuple[str, str, None]:
        noun = self.noun(["bed", "chair", "floor", "table"] if preposition == "on" else ["place", "place", "land"])
        where = self.thing(noun, ("the", "the", "the", "a", "this", "mine"), subject, adjective=0.05)
        english = noun.english if noun.english in ("school", "college", "prison") and where.english.startswith("the") else where.english
        return english, join(where.oblique, {"to": "", "in": "में", "from": "से", "on": "पर"}[preposition]), None

    def _what(self, objects: Sequence[str], subject: NounPhrase) -> tuple[str, str, Agreement | None]:
        noun = self.noun(objects)
        what = self.thing(noun, ("the", "the", "this", "mine") if noun.kind == "instrument" else (), subject)
        return (what.english, what.ko, None) if noun.kind in _ANIMATE else (what.english, what.hindi, what.to)


_USUAL = (("a", "the", "this", "that", "mine", "bare", "these", "number", "many"), (6, 6, 3, 2, 5, 3, 1, 2, 1))
_OF_MASSES = ("bare", "the", "this", "mine")


def _own(owner: NounPhrase) -> str:
    """His, not Tom's, when it was Tom who did something with it."""
    return owner.my if owner.english in _PRONOUNS else "their" if owner.person == 2 else "her" if owner.to.gender == "f" else "his"


def _others(one: NounPhrase, other: NounPhrase) -> bool:
    """Whether two are surely not the same people."""
    both = {one.english, other.english}
    overlap = one.english in other.english or other.english in one.english
    return not (overlap or both <= {"I", "we"} or both <= {"he", "she", "they"})


def _named(
    english: str, hindi: str, gender: str, oblique: str = "", plural: bool = False, several: bool = False
) -> tuple[str, str, str, str, str, str, str, str, Agreement, int]:
    """The fields of a phrase that is no pronoun. `plural`: in Hindi, be it for respect; `several`: in English too."""
    oblique = oblique or hindi
    genitive = f"{english}'" if several and english.endswith("s") else f"{english}'s"
    to = Agreement(3, gender[0], plural)
    return english, english, genitive, hindi, oblique, f"{oblique} ने", f"{oblique} को", f"{oblique} का", to, 2 if several else 3


def _pronouns(gender: str, polite: bool) -> dict[str, NounPhrase]:
    first, many = Agreement(1, gender), Agreement(1, gender, True)
    you = ("आप", "आप", "आपने", "आपको", "आपका", Agreement(3, gender, True))
    if not polite:
        you = ("तुम", "तुम", "तुमने", "तुम्हें", "तुम्हारा", Agreement(2, gender, True))
    they = ("वे", "उन", "उन्होंने", "उन्हें", "उनका", Agreement(3, "m", True))
    return {
        "I": NounPhrase("I", "me", "my", "मैं", "मुझ", "मैंने", "मुझे", "मेरा", first, 1),
        "you": NounPhrase("you", "you", "your", *you, 2),
        "he": NounPhrase("he", "him", "his", "वह", "उस", "उसने", "उसे", "उसका", Agreement(3, "m"), 3),
        "she": NounPhrase("she", "her", "her", "वह", "उस", "उसने", "उसे", "उसका", Agreement(3, "f"), 3),
        "we": NounPhrase("we", "us", "our", "हम", "हम", "हमने", "हमें", "हमारा", many, 2),
        "they": NounPhrase("they", "them", "their", *they, 2),
    }


def _read(file: Path) -> dict[str, list[tuple[str, str]]]:
    """What is on each side of `=`, by section."""
    sections: dict[str, list[tuple[str, str]]] = {}
    pairs: list[tuple[str, str]] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            pairs = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            english, _, hindi = line.partition(" = ")
            pairs.append((english, hindi))
    return sections


def _name(english: str, hindi: str) -> NounPhrase:
    """`Tom = टॉम m`."""
    hindi, gender = hindi.rsplit(" ", 1)
    return NounPhrase(*_named(english, hindi, gender))


def _noun(kind: str, english: str, hindi: str) -> Noun:
    """`sheep/sheep = भेड़ f`; with a tilde it has no plural."""
    word, _, many = english.partition("/")
    uncounted = word.endswith("~") or kind == "land"
    hindi, gender = hindi.rsplit(" ", 1)
    return Noun(word.rstrip("~"), "" if uncounted else many or plural(word), hindi, gender, kind)


def _adjective(english: str, hindi: str) -> Adjective:
    """`good/better = अच्छा any`."""
    word, _, more = english.partition("/")
    hindi, kind = hindi.rsplit(" ", 1)
    return Adjective(word, more or comparative(word), hindi, kind)


def _verb(english: str, hindi: str) -> Verb:
    """`read/read/read = पढ़ना ne text`; nef: it agrees with its own feminine noun."""
    base, past, participle = english.split("/")
    parts = hindi.split()
    end = next(i for i, part in enumerate(parts) if part.isascii())
    *near, last = parts[:end]
    agreement = {"nef": Agreement(3, "f"), "nemp": Agreement(3, "m", True)}.get(parts[end])
    objects = tuple(part for part in parts[end + 1 :] if part != "-")
    return Verb(base, past, participle, " ".join(near), last.removesuffix("ना"), parts[end] != "-", agreement, objects)
