import re
from itertools import islice

import pytest

from mediakit.datasets import hindi_grammar as grammar
from mediakit.datasets.hindi_grammar import Agreement
from mediakit.datasets.hindi_phrases import Words
from mediakit.datasets.hindi_sentences import Pattern, Sentences, word_pairs

SHE, THEY, YOU, ME = Agreement(3, "f"), Agreement(3, "m", True), Agreement(2, "m", True), Agreement(1, "m")


@pytest.mark.parametrize(
    ("word", "gender", "forms"),
    [  # direct plural, oblique, oblique plural
        ("लड़का", "m", "लड़के लड़के लड़कों"),
        ("कौआ", "m", "कौए कौए कौओं"),
        ("तकिया", "m", "तकिए तकिए तकियों"),
        ("घर", "m", "घर घर घरों"),
        ("आदमी", "m", "आदमी आदमी आदमियों"),
        ("आलू", "m", "आलू आलू आलुओं"),
        ("राजा", "m-", "राजा राजा राजाओं"),
        ("लड़की", "f", "लड़कियाँ लड़की लड़कियों"),
        ("टाई", "f", "टाइयाँ टाई टाइयों"),
        ("भाषा", "f", "भाषाएँ भाषा भाषाओं"),
        ("चिड़िया", "f", "चिड़ियाँ चिड़िया चिड़ियों"),
        ("किताब", "f", "किताबें किताब किताबों"),
    ],
)
def test_nouns(word, gender, forms):
    assert grammar.noun(word, gender, False) == word
    assert " ".join(grammar.noun(word, gender, *case) for case in ((True,), (False, True), (True, True))) == forms


def test_agreement():
    assert [f"{to:जाता है}" for to in (ME, YOU, SHE, THEY)] == ["जाता हूँ", "जाते हो", "जाती है", "जाते हैं"]
    assert [f"{to:गया था}" for to in (ME, SHE, THEY)] == ["गया था", "गई थी", "गए थे"]
    they = Agreement(3, "f", True)
    assert [f"{they:{words}}" for words in ("किया.", "गया.", "गया है", "अच्छा है")] == ["कीं", "गईं", "गई हैं", "अच्छी हैं"]
    assert grammar.agree("टूटा हुआ", "f", False) == "टूटी हुई" and grammar.agree("नया लाल", "m", True) == "नए लाल"


def test_verbs():
    did = {"कर": "किया", "जा": "गया", "पी": "पिया", "खा": "खाया", "छू": "छुआ", "देख": "देखा"}
    assert {root: grammar.perfective(root) for root in did} == did
    assert [grammar.future("कर", to) for to in (ME, YOU, SHE, THEY)] == ["करूँगा", "करोगे", "करेगी", "करेंगे"]
    assert [grammar.future(root, THEY) for root in ("ले", "जा", "हो", "पी")] == ["लेंगे", "जाएँगे", "होंगे", "पिएँगे"]
    assert [grammar.request(root) for root in ("कर", "जा", "देख")] == ["कीजिए", "जाइए", "देखिए"]


@pytest.mark.parametrize(
    ("form", "forms"),
    [
        (grammar.third_person, {"go home": "goes home", "try": "tries", "play": "plays", "have": "has", "watch": "watches"}),
        (grammar.ing, {"write": "writing", "sit down": "sitting down", "lie": "lying", "see": "seeing"}),
        (grammar.with_article, {"apple": "an apple", "university": "a university", "honest man": "an honest man", "dog": "a dog"}),
        (grammar.comparative, {"big": "bigger", "happy": "happier", "nice": "nicer", "useful": "more useful"}),
    ],
)
def test_english(form, forms):
    assert {word: form(word) for word in forms} == forms


def filled(english, hindi, seed=0, **options):
    sentences = Sentences(seed)
    return sentences.fill(Pattern(english, hindi, 1.0, **{"things": (), "determiners": (), "quality": "", "subject": "I"} | options))


def test_a_verb_agrees_with_whom_it_should():
    words = Words(0)
    mary = next(name for name in words.names if name.english == "Mary")
    reads = next(verb for verb in words.verbs if verb.base == "read")
    words.verbs = [reads]
    words.nouns = {**words.nouns, "text": [words.by_word["story"]]}
    action = words.action(mary)
    # With ne the perfective agrees with what was read, be it by a man; the present with her who reads.
    assert f"{action:पढ़ा.}" in ("पढ़ी", "पढ़ीं") and f"{mary:पढ़ता है}" == "पढ़ती है"
    assert action.must.endswith("पढ़नी") and action.ing.startswith("reading ")


def test_patterns_are_filled():
    assert filled("{s.im} from {l.english}.", "{s.hindi} {l.hindi} से {s:है}")[1].endswith("से हूँ।")
    assert filled("{s} like{s.s} {t}.", "{s.ko} {t.hindi} {t:पसंद है}", things=("tennis",)) == ("I like tennis.", "मुझे टेनिस पसंद है।")
    asked = {filled("{s.do} {s} like {t}?", "?{s.ko} {t.hindi} {t:पसंद है}", seed, things=("tennis",)) for seed in range(9)}
    assert asked == {("Do I like tennis?", hindi) for hindi in ("क्या मुझे टेनिस पसंद है?", "मुझे टेनिस पसंद है क्या?")}


def test_sentences_are_whole():
    for english, hindi in islice(Sentences(), 5000):
        assert re.fullmatch(r"[A-Z][A-Za-z' ,]*[.?!]", english), english
        assert re.fullmatch(r"[\u0900-\u097f ,-]+[।?!]", hindi), hindi
        assert "  " not in english + hindi
        assert not re.search("[ािीुूेैोौ]{2}|आ[ािीुूेैोौ]", hindi), hindi


def test_every_pattern_can_be_filled():
    sentences = Sentences()
    for pattern in sentences.patterns[0]:
        english, hindi = sentences.fill(pattern)
        assert english[-1] == pattern.english[-1] and hindi


def test_the_same_seed_gives_the_same_sentences():
    first, again, other = (list(islice(Sentences(seed), 50)) for seed in (1, 1, 2))
    assert first == again != other


def test_words_are_also_given_alone():
    pairs = list(word_pairs())
    assert {("potatoes", "आलू"), ("to eat", "खाना"), ("cheap", "सस्ता"), ("Monday", "सोमवार")} <= set(pairs)
    assert len(pairs) > 1200 and all(english and hindi for english, hindi in pairs)
