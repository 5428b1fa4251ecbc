import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.datasets import hindi_english, parallel_text
from mediakit.datasets.folders import hash_bucket
from mediakit.datasets.hindi_english import fault, normalise
from mediakit.datasets.parallel_text import words_of
from mediakit.errors import DataError

HINDI = "यह एक कुत्ता है"


def region(english, hindi=HINDI):
    return f"1\t2\t3\t4\t5\t{english}\t{hindi}\n"


def sentence_of(tenth):
    return next(f"This is dog {i}." for i in range(99) if hash_bucket(words_of(f"This is dog {i}."), 10) == tenth)


PHRASEBOOK = hindi_english.PHRASEBOOK


@pytest.fixture(autouse=True)
def small_phrasebook(monkeypatch, tmp_path_factory):
    """A phrasebook of one sentence, to keep the tests quick."""
    phrasebook = tmp_path_factory.mktemp("phrasebook") / "hindi.tsv"
    phrasebook.write_text("# CC0\nI am tired.\tमैं थका हुआ हूँ।\n", encoding="utf-8")
    monkeypatch.setattr(hindi_english, "PHRASEBOOK", phrasebook)
    monkeypatch.setattr(hindi_english, "TYPED_EVERY", 1)


def published(pairs):
    """The pairs that are not from the phrasebook."""
    return [pair for pair in pairs if pair.origin != "phrasebook"]


@pytest.fixture
def folder(tmp_path):
    """The five published sources with a few rows each."""
    texts = {
        "hindi_visual_genome/train.txt": region("this is one dog") + region("a red dog is") + region("this is one dog"),
        "hindi_visual_genome/val.txt": region("A red dog, is!") + region("this is a dog"),
        "tatoeba/hin.txt": "".join(f"{sentence_of(tenth)}\t{HINDI}\tCC-BY\n" for tenth in (0, 1, 5)),
        "tico19/all.en-hi.tmx": "<tmx><body><tu><tuv xml:lang='en'><seg>I have a fever now</seg></tuv>"
        "<tuv xml:lang='hi'><seg>मुझे बुखार है</seg></tuv></tu></body></tmx>",
        "interfaces/pairs.tsv": f"Open the file now\t{HINDI}\nOpen file\tOpen file\nShort\t{HINDI * 9}\nMouse\tMouse माउस\n",
    }
    for language, end in (("en", "."), ("hi", "।")):
        first, second = ("One thing is", "Two things are") if language == "en" else ("एक चीज है", "दो चीजें हैं")
        question = {"id": "q", "question": "What is this?" if language == "en" else "यह क्या है?"}
        paragraph = {"context": f"{first}{end} {second}{end}", "qas": [question]}
        texts[f"xquad/xquad.{language}.json"] = json.dumps({"data": [{"paragraphs": [paragraph]}]})
    for name, text in texts.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_all_sources(folder):
    warnings = []
    train = parallel_text.read(folder, "train", "en", "hi", warn=warnings.append)
    counts = Counter(pair.origin for pair in published(train))
    assert counts == {"hindi_visual_genome": 1, "tatoeba": 1, "tico19": 1, "xquad": 3, "interfaces": 1}
    ours = [(pair.source, pair.target) for pair in train if pair.origin == "phrasebook"]
    assert ours == [("I am tired.", "मैं थका हुआ हूँ।"), ("i am tired", "मैं थका हुआ हूँ")]
    assert "One thing is." in {pair.source for pair in train} and "What is this?" in {pair.source for pair in train}
    assert {pair.origin: pair.weight for pair in train} == {s.origin.name: s.weight for s in hindi_english.SOURCES}
    assert all(parallel_text.origins(folder)[pair.origin].license for pair in train)
    for reason in (" repeated", "1 also in a validation", "1 without Devanagari", "1 with mismatched lengths", "1 more Latin"):
        assert reason in warnings[0]


def test_the_phrasebook_is_fit_for_training():
    first, *rows = PHRASEBOOK.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ") and "CC0" in first
    assert len(rows) > 40_000 and len(set(rows)) == len(rows)
    for row in rows:
        english, hindi = row.split("\t")
        assert (normalise(english), normalise(hindi)) == (english, hindi), row
        assert english.isascii() and not fault(english, hindi), row
        assert (english[-1] in ".?!") == (hindi[-1] in "।?!"), row
    assert "potatoes\tआलू" in rows


def test_validation_and_test(folder):
    val = parallel_text.read(folder, "val", "en", "hi")
    assert [pair.source for pair in val] == ["A red dog, is!", "this is a dog", sentence_of(1)]
    assert [pair.source for pair in parallel_text.read(folder, "test", "en", "hi")] == [sentence_of(0)]


def test_the_other_direction(folder):
    [pair] = [pair for pair in hindi_english.read(folder, "train", "hi", "en") if pair.origin == "tico19"]
    assert (pair.source, pair.target) == ("मुझे बुखार है", "I have a fever now")


def test_any_source_may_be_absent(tmp_path):
    place = tmp_path / "hindi_visual_genome"
    place.mkdir()
    (place / "hindi-visual-genome-train.txt").write_text(region("this is a dog"), encoding="utf-8")
    assert len(published(hindi_english.read(tmp_path, "train", "en", "hi"))) == 1
    with pytest.raises(DataError, match="no pairs in the split val"):
        hindi_english.read(tmp_path, "val", "en", "hi")
    with pytest.raises(DataError, match="no split 'dev'"):
        hindi_english.read(tmp_path, "dev", "en", "hi")
    with pytest.raises(DataError, match="holds en and hi, not en and de"):
        hindi_english.read(tmp_path, "train", "en", "de")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("hindi_visual_genome/train.txt", "a dog\tकुत्ता\n", "line 1 has 2 columns, expected 7"),
        ("tatoeba/hin.txt", "no tab\n", "line 1 has no tab"),
        ("interfaces/pairs.tsv", "no tab\n", "line 1 has no tab"),
        ("xquad/xquad.hi.json", "{}", "not XQuAD"),
        ("tico19/all.en-hi.tmx", "<tmx>", "not TMX"),
    ],
)
def test_broken_files_are_named(folder, name, text, message):
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message) as raised:
        hindi_english.read(folder, "train", "en", "hi")
    assert name.rpartition("/")[2] in str(raised.value)


def test_a_word_is_written_one_way():
    apart, together = "ज\u093c", "\u095b"
    assert normalise(f"ची{together}") == normalise(f"ची{apart}") == f"ची{apart}"
    assert normalise("न\u093c") == "\u0929"  # NFC puts these three together
    assert normalise("\ufeffक्\u200dष \u00a0 क्\u200cष\u200b") == "क्ष क्ष"


@given(st.text(alphabet="कनजडफ\u093c\u0929\u095b\u095c\u094d\u200b\u200c\u200d\ufeff ae\u0301", max_size=30))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_faults():
    assert fault("this is a dog", HINDI) == ""
    assert fault("the steps", "कदम") == ""
    assert fault("...", HINDI) == "without English words"
    assert fault("How are you?", "तू कैसा है?") == fault("It is yours.", "यह तेरा।") == "in the intimate form of address"
    assert fault("a storm here", "तूफ़ान तेज़ तुम्हारा") == ""


def test_no_training_sentence_is_in_a_validation_set(data_folder):
    folder = data_folder / "hindi_english"
    if not hindi_english.is_here(folder):
        pytest.skip(f"no hindi_english in {data_folder}")
    train, val = (hindi_english.read(folder, split, "en", "hi", warn=lambda _: None) for split in ("train", "val"))
    assert not {words_of(pair.source) for pair in train} & {words_of(pair.source) for pair in val}
    assert Counter(pair.origin for pair in val)["hindi_visual_genome"] == 948
    assert 200 < Counter(pair.origin for pair in val)["tatoeba"] < 400
    assert len({(pair.source, pair.target) for pair in train}) == len(train) > 60_000
    assert not any(character in "\u095b\u095c\u095d\u095e\u200b\u200d" for pair in train for character in pair.target)
