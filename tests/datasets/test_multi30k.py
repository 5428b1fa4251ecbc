import gzip

import pytest

from mediakit.datasets import multi30k, parallel_text
from mediakit.errors import DataError

LINES = {"en": ["A dog.", "Two cats."], "de": ["Ein Hund.", "Zwei Katzen."], "cs": ["Pes.", "Dvě kočky."]}


def write(place, split, languages=("en", "de", "cs"), compressed=True):
    place.mkdir(parents=True, exist_ok=True)
    for language in languages:
        text = "".join(f"{line}\n" for line in LINES[language]).encode()
        name = f"{split}.{language}"
        (place / (f"{name}.gz" if compressed else name)).write_bytes(gzip.compress(text) if compressed else text)


@pytest.mark.parametrize("where", ["data/task1/raw", "task1/raw", "raw"])
def test_the_repository(tmp_path, where):
    write(tmp_path / where, "train")
    write(tmp_path / where, "test_2016_flickr", ("en", "de"))
    assert multi30k.is_here(tmp_path)
    assert multi30k.splits(tmp_path, "en", "de") == ("train", "test_2016_flickr")
    assert multi30k.splits(tmp_path, "cs", "en") == ("train",)
    pairs = parallel_text.read(tmp_path, "train", "cs", "de")
    assert [(pair.source, pair.target, pair.origin) for pair in pairs] == [
        ("Pes.", "Ein Hund.", "multi30k"),
        ("Dvě kočky.", "Zwei Katzen.", "multi30k"),
    ]
    assert parallel_text.origins(tmp_path)["multi30k"].license == "CC BY-NC-SA 4.0"


def test_the_unpacked_archives(tmp_path):
    folder = tmp_path / "multi30k"
    for split in ("train", "val", "test"):
        write(folder, split, compressed=False)
    assert [len(parallel_text.read(folder, split, "en", "de")) for split in ("train", "val", "test")] == [2, 2, 2]


def test_other_folders_are_not_mistaken_for_it(tmp_path):
    write(tmp_path / "mine", "train", compressed=False)
    assert not multi30k.is_here(tmp_path / "mine") and not multi30k.is_here(tmp_path / "none")


def test_errors_say_what_is_missing(tmp_path):
    write(tmp_path / "raw", "train", ("en", "de"))
    with pytest.raises(DataError, match="has no language 'hi'; choose from en, de, fr, cs"):
        multi30k.read(tmp_path, "train", "en", "hi")
    with pytest.raises(DataError, match="no split 'val' in en and de; available: train"):
        multi30k.read(tmp_path, "val", "en", "de")
    with pytest.raises(DataError, match="in en and fr; available: none"):
        multi30k.read(tmp_path, "train", "en", "fr")
    with pytest.raises(DataError, match="both 'en'"):
        multi30k.read(tmp_path, "train", "en", "en")
    with pytest.raises(DataError, match="not Multi30k"):
        multi30k.read(tmp_path / "none", "train", "en", "de")
    (tmp_path / "raw" / "train.de.gz").write_bytes(gzip.compress(b"Ein Hund.\n"))
    with pytest.raises(DataError, match=r"train\.de\.gz: ends before line 2"):
        multi30k.read(tmp_path, "train", "en", "de")


def test_the_published_counts(data_folder):
    folder = data_folder / "multi30k"
    if not multi30k.is_here(folder):
        pytest.skip(f"no Multi30k in {data_folder}")
    for target in ("de", "fr", "cs"):
        assert len(multi30k.read(folder, "train", "en", target)) == 29_000
        assert len(multi30k.read(folder, "val", "en", target)) == 1_014
