"""Forms of Hindi words by rule, and of the English ones beside them (McGregor, Outline of Hindi Grammar, 1995)."""

from collections.abc import Callable
from dataclasses import dataclass

_VOWEL_SIGNS = "ािीुूेैोौ"
_FEMININE_PLURAL = {"ी": "ियाँ", "ई": "इयाँ", "ि": "ियाँ", "ू": "ुएँ"}
_PLURAL_OBLIQUE = {"ी": "ियों", "ई": "इयों", "ि": "ियों", "ू": "ुओं", "ो": "ो"}
_UNCHANGED = {"ताज़ा", "ज़िंदा"}
_PERFECTIVE = {"कर": "किया", "ले": "लिया", "दे": "दिया", "पी": "पिया", "जा": "गया", "हो": "हुआ"}
_REQUEST = {"कर": "कीजिए", "ले": "लीजिए", "दे": "दीजिए", "पी": "पीजिए"}
_DOUBLED = {"cut", "put", "get", "run", "swim", "sit", "stop", "hit", "shut", "jog", "begin", "win"}


@dataclass(frozen=True)
class Agreement:
    """What a verb or an adjective agrees with, by `format(agreement, "जाता है")`: जाती हैं. A full stop says that nothing finite
    follows: `format(agreement, "गया.")` is गईं, since then the participle is what marks a feminine plural.

    `person` is 1, 2 (तुम) or 3; आप, and those whom one respects, are the third in the plural.
    """

    person: int = 3
    gender: str = "m"  # or f
    plural: bool = False

    def __format__(self, words: str) -> str:
        finite = {"है": self._is(), "था": agree("था", self.gender, self.plural) + ("ं" if self.gender == "f" and self.plural else "")}
        finite["होगा"] = future("हो", self)
        said = [finite.get(word) or agree(word, self.gender, self.plural) for word in words.removesuffix(".").split()]
        return " ".join(said) + ("ं" if words.endswith(".") and self.gender == "f" and self.plural else "")

    def _is(self) -> str:
        if self.person == 2:
            return "हो"
        return "हैं" if self.plural else "हूँ" if self.person == 1 else "है"


def agree(words: str, gender: str, plural: bool, oblique: bool = False) -> str:
    """Adjectives, participles or का in agreement: each word that ends in ā."""
    return " ".join(_agree(word, gender, plural or oblique) for word in words.split())


def _agree(word: str, gender: str, changed: bool) -> str:
    if word in _UNCHANGED:
        return word
    for end, plural, feminine in (("िया", "िए", "ी"), ("या", "ए", "ई"), ("आ", "ए", "ई"), ("ा", "े", "ी")):
        if word.endswith(end):
            stem = word.removesuffix(end)
            return stem + feminine if gender == "f" else stem + plural if changed else word
    return word


def noun(word: str, gender: str, plural: bool, oblique: bool = False) -> str:
    """A noun in the direct or the oblique case; gender is m, f, or m- for a masculine in ā that does not change."""
    if gender == "m" and word[-1] in "ाआ":
        if plural and oblique:
            return word.removesuffix("या") + "यों" if word.endswith("िया") else word[:-1] + ("ों" if word[-1] == "ा" else "ओं")
        return agree(word, "m", plural, oblique)
    if not plural or (gender != "f" and not oblique):
        return word
    ends = _PLURAL_OBLIQUE if oblique else _FEMININE_PLURAL
    if word.endswith("िया"):
        return word[:-1] + "ों" if oblique else word + "ँ"
    if word[-1] in ends:
        return word[:-1] + ends[word[-1]]
    independent, sign = ("ओं", "ों") if oblique else ("एँ", "ें")
    return word + (independent if word[-1] in _VOWEL_SIGNS else sign)


def perfective(root: str) -> str:
    """किया, गया, खाया, देखा: in the masculine singular."""
    if root in _PERFECTIVE:
        return _PERFECTIVE[root]
    if root[-1] == "ू":
        return root[:-1] + "ुआ"
    return root + ("या" if root[-1] in "ाोआ" else "ा")


def subjunctive(root: str, to: Agreement) -> str:
    """करूँ, करो, करे, करें."""
    kind = 1 if to.person == 2 else 3 if to.plural else 0 if to.person == 1 else 2
    if root in ("ले", "दे"):
        return root[:-1] + ("ूँ", "ो", "े", "ें")[kind]
    if root == "हो":
        return ("होऊँ", "हो", "हो", "हों")[kind]
    if root == "पी":
        return ("पिऊँ", "पियो", "पिए", "पिएँ")[kind]
    if root[-1] in "ाोूआ":
        return root.replace("ू", "ु") + ("ऊँ", "ओ", "ए", "एँ")[kind]
    return root + ("ूँ", "ो", "े", "ें")[kind]


def future(root: str, to: Agreement) -> str:
    """करूँगा, करोगे, करेगी, करेंगे."""
    return subjunctive(root, to) + ("गी" if to.gender == "f" else "गे" if to.plural else "गा")


def request(root: str) -> str:
    """कीजिए, जाइए: to whom one calls आप."""
    return _REQUEST.get(root) or (root.replace("ू", "ु") + "इए" if root[-1] in "ाोूआ" else root + "िए")


# --- English ----------------------------------------------------------------------------------------------------------


def _first_word(phrase: str, change: Callable[[str], str]) -> str:
    first, space, rest = phrase.partition(" ")
    return change(first) + space + rest


def third_person(phrase: str) -> str:
    """goes to school."""
    return _first_word(phrase, lambda verb: "has" if verb == "have" else plural(verb + ("e" if verb.endswith("o") else "")))


def ing(phrase: str) -> str:
    """going to school."""

    def change(verb: str) -> str:
        if verb.endswith("ie"):
            return verb[:-2] + "ying"
        return (verb + verb[-1] if verb in _DOUBLED else verb if verb.endswith("ee") else verb.removesuffix("e")) + "ing"

    return _first_word(phrase, change)


def plural(word: str) -> str:
    """The regular plural."""
    if word.endswith("y") and word[-2] not in "aeou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "sh", "ch", "x", "z")) else "s")


def with_article(phrase: str) -> str:
    """a or an before it."""
    an = (phrase[0].lower() in "aeiou" and not phrase.startswith(("uni", "use"))) or phrase.startswith("honest")
    return f"{'an' if an else 'a'} {phrase}"


def comparative(word: str) -> str:
    """An adjective's: with an ending when it is short or ends in y."""
    if word.endswith("y") and len(word) <= 7:
        return word[:-1] + "ier"
    if len(word) > 5 or word in ("wrong", "right", "false", "alone", "drunk", "alive"):
        return f"more {word}"
    return (word + word[-1] if word in ("big", "hot", "sad", "fat", "thin", "red") else word.removesuffix("e")) + "er"
