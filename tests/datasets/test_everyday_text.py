import gzip

import pytest

from mediakit.datasets import everyday_text, parallel_text
from mediakit.errors import DataError


def write(folder, name, lines):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.tsv.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


@pytest.fixture
def folder(tmp_path):
    everyday = tmp_path / "everyday"
    write(everyday, "tatoeba.en-de.train", ["Hello.\tHallo.\ttatoeba", "Hello.\tGuten Tag.\ttatoeba"])
    write(everyday, "tatoeba.en-de.val", ["Bye.\tTschüss.\ttatoeba"])
    write(everyday, "dialogue.en-de.train", ["Pick it up!\tHeb es auf!\tdink", "A table for two.\tEin Tisch für zwei.\txdaily"])
    write(everyday, "dialogue.en-cs.train", ["Run!\tUtíkej!\twesnoth"])
    write(everyday, "games.en-es.train", ["Sword\tEspada\tcdda"])
    for language, line in (("en", "A dog."), ("de", "Ein Hund.")):
        raw = tmp_path / "multi30k" / "data" / "task1" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        (raw / f"train.{language}").write_text(f"{line}\n")
    return tmp_path


def test_all_sources_with_their_weights(folder):
    pairs = parallel_text.read(folder, "train", "en", "de")
    assert [(pair.source, pair.target, pair.origin, pair.weight) for pair in pairs] == [
        ("A dog.", "Ein Hund.", "multi30k", 1.0),
        ("Hello.", "Hallo.", "tatoeba", 1.0),
        ("Hello.", "Guten Tag.", "tatoeba", 1.0),
        ("Pick it up!", "Heb es auf!", "dialogue", 0.7),
        ("A table for two.", "Ein Tisch für zwei.", "dialogue", 0.5),
    ]
    assert {pair.origin for pair in pairs} <= set(parallel_text.origins(folder))


@pytest.mark.parametrize(("language", "weight"), [("cs", 1.0), ("es", 0.1)])
def test_weights_by_language(folder, language, weight):
    assert [pair.weight for pair in parallel_text.read(folder, "train", "en", language)] == [weight]


def test_the_folder_itself_has_no_captions(folder):
    pairs = parallel_text.read(folder / "everyday", "train", "en", "de")
    assert [pair.origin for pair in pairs] == ["tatoeba", "tatoeba", "dialogue", "dialogue"]


def test_into_english(folder):
    [pair] = parallel_text.read(folder, "val", "de", "en")
    assert (pair.source, pair.target) == ("Tschüss.", "Bye.")


@pytest.mark.parametrize(
    ("split", "languages", "why"),
    [
        ("test", ("en", "de"), "no split 'test'; choose from train, val"),
        ("train", ("en", "sv"), "no pairs of en and sv in the split train"),
        ("train", ("de", "cs"), "pairs English with other languages, not de with cs"),
        ("train", ("en", "en"), "not en with en"),
    ],
)
def test_what_is_missing(folder, split, languages, why):
    with pytest.raises(DataError, match=why):
        parallel_text.read(folder, split, *languages)


@pytest.mark.parametrize("line", ["Hello.", "\tHallo.", "Hello.\t \ttatoeba"])
def test_a_broken_line(folder, line):
    write(folder / "everyday", "stories.en-de.train", ["Once.\tEinmal.\tstories", line])
    with pytest.raises(DataError, match=r"stories\.en-de\.train\.tsv\.gz: line 2 is not English"):
        everyday_text.read(folder, "train", "en", "de")


def test_hindi_has_the_hindi_sets_too(folder):
    write(folder / "everyday", "tatoeba.en-hi.train", ["Hello.\tनमस्ते।\ttatoeba"])
    (folder / "hindi_english" / "interfaces").mkdir(parents=True)
    (folder / "hindi_english" / "interfaces" / "pairs.tsv").write_text("Save file\tफ़ाइल सहेजें\n", encoding="utf-8")
    pairs = parallel_text.read(folder, "train", "hi", "en")
    assert pairs[-1].source == "नमस्ते।" and {"interfaces", "phrasebook", "tatoeba"} == {pair.origin for pair in pairs}
    assert {pair.origin for pair in pairs} <= set(parallel_text.origins(folder))
