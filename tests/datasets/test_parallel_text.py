import gzip

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mediakit.datasets import parallel_text
from mediakit.datasets.parallel_text import SentencePair, read, read_lines, split_of, words_of
from mediakit.errors import DataError

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<tmx version="1.4"><header srclang="en"/><body>
<tu><prop type="note">x</prop><tuv xml:lang="en-GB"><seg>A <bpt i="1">red</bpt>
 cat</seg></tuv><tuv xml:lang="DE"><seg>Eine rote Katze</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>only English</seg></tuv></tu>
<tu><tuv lang="en"><seg>Sun</seg></tuv><tuv lang="de"><seg>Sonne</seg></tuv><tuv lang="fr"><seg>Soleil</seg></tuv></tu>
</body></tmx>"""


def quiet(_):
    pass


def both(folder, split, source="en", target="de"):
    return [(pair.source, pair.target) for pair in read(folder, split, source, target, warn=quiet)]


def test_two_files_of_each_split(tmp_path):
    for split, count in (("train", 3), ("dev", 2), ("test", 1)):
        for language in ("en", "de"):
            (tmp_path / f"{split}.{language}").write_text("".join(f" {split} {i} {language}\r\n" for i in range(count)))
    assert both(tmp_path, "train") == [(f"train {i} en", f"train {i} de") for i in range(3)]
    assert both(tmp_path, "val", "de", "en") == [("dev 0 de", "dev 0 en"), ("dev 1 de", "dev 1 en")]
    assert read(tmp_path, "test", "en", "de") == [SentencePair("test 0 en", "test 0 de", tmp_path.name)]
    assert parallel_text.origins(tmp_path)[tmp_path.name].license


def test_compressed_and_with_a_byte_order_mark(tmp_path):
    (tmp_path / "val.de").write_text("x\n")
    (tmp_path / "val.en").write_text("x\n")
    with gzip.open(tmp_path / "train.en.gz", "wt", encoding="utf-8-sig") as file:
        file.write("A cat\u2028 sleeps\n\nThe end\n")
    (tmp_path / "train.de").write_text("Eine Katze schläft\n\nEnde\n", encoding="utf-8")
    assert both(tmp_path, "train") == [("A cat\u2028 sleeps", "Eine Katze schläft"), ("The end", "Ende")]


def test_tsv_with_and_without_a_header(tmp_path):
    (tmp_path / "train.tsv").write_text('de\ten\tpl\nHund\tdog\tx\n"Hi"\thi\ty\n')
    (tmp_path / "val.tsv").write_text("cat\tKatze\n\nHi\tHallo\n")
    assert both(tmp_path, "train") == [("dog", "Hund"), ("hi", '"Hi"')]
    assert both(tmp_path, "val") == [("cat", "Katze"), ("Hi", "Hallo")]
    with pytest.raises(DataError, match="names de, en, pl; expected en and fr"):
        both(tmp_path, "train", "en", "fr")


def test_tsv_as_tatoeba_exports_it(tmp_path):
    (tmp_path / "pairs.tsv").write_text("1276\tLet's try.\t77\tVersuchen wir es!\n1277\t42\t78\t42\n")
    [file] = parallel_text.find_files(tmp_path, "en", "de")
    assert list(file.pairs("en", "de")) == [("Let's try.", "Versuchen wir es!"), ("42", "42")]


def test_tmx(tmp_path):
    (tmp_path / "val.tmx").write_text(TMX, encoding="utf-8")
    assert both(tmp_path, "val") == [("A red cat", "Eine rote Katze"), ("Sun", "Sonne")]
    assert both(tmp_path, "val", "fr", "en") == [("Soleil", "Sun")]


def test_without_stated_splits_a_hash_decides(tmp_path):
    warnings = []
    lines = [f"{i}\tnumber {i}" for i in range(400)]
    (tmp_path / "mine.tsv").write_text("\n".join([*lines, "7!\tagain"]))
    splits = {split: read(tmp_path, split, "en", "de", warn=warnings.append) for split in parallel_text.SPLITS}
    assert sum(map(len, splits.values())) == 401 and "90 % to train" in warnings[0]
    assert 330 < len(splits["train"]) < 390 and 8 < len(splits["val"]) < 40 and 8 < len(splits["test"]) < 40
    [where] = [split for split, pairs in splits.items() if any(pair.source == "7" for pair in pairs)]
    assert any(pair.source == "7!" for pair in splits[where]), "sentences with the same words are separated"


def test_val_comes_out_of_train_but_not_out_of_test(tmp_path):
    (tmp_path / "train.tsv").write_text("\n".join(f"{i}\tx" for i in range(200)))
    (tmp_path / "test.tsv").write_text("\n".join(f"t{i}\tx" for i in range(50)))
    val, train, test = (both(tmp_path, split) for split in ("val", "train", "test"))
    assert val and all(source.isdigit() for source, _ in val + train)
    assert {f"t{i}" for i in range(50)} <= {source for source, _ in test}


@given(st.text(max_size=20))
def test_hash_depends_on_words_alone(text):
    recased = text.upper().lower()
    assume(words_of(text) == words_of(recased))  # not so for ß and its like
    assert split_of(text) == split_of(f" {recased}!")


def test_errors_say_what_is_wrong(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read(tmp_path / "none", "train", "en", "de")
    with pytest.raises(DataError, match=r"no parallel text in en and de; expected two files NAME\.en and NAME\.de"):
        read(tmp_path, "train", "en", "de")
    (tmp_path / "val.en").write_text("one\ntwo\n")
    (tmp_path / "val.de").write_text("eins\n")
    with pytest.raises(DataError, match=r"val\.de: ends before line 2, but val\.en is longer"):
        read(tmp_path, "val", "en", "de")
    with pytest.raises(DataError, match="no pairs in the split train"):
        read(tmp_path, "train", "en", "de")
    with pytest.raises(DataError, match="no split 'all'"):
        read(tmp_path, "all", "en", "de")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("val.tsv", b"a\tb\nno tab\n", "line 2 has 1 columns, expected 2"),
        ("val.tsv", b"a\tb\nc\t\xff\n", r"line 2 is not UTF-8 \(byte 2"),
        ("val.tmx", b"<tmx><body>", "not TMX"),
        ("val.tmx", b"<html></html>", "the root element is <html>"),
        ("val.tmx", b"", "not TMX"),
        ("val.tsv.gz", b"not compressed", "Not a gzipped file"),
        ("val.tsv.gz", gzip.compress(b"a\tb\n" * 999, mtime=0)[:-20], r"val\.tsv\.gz"),
    ],
)
def test_broken_files_are_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message) as raised:
        read(tmp_path, "val", "en", "de")
    assert name in str(raised.value) and "\n" not in str(raised.value)


def test_lines_are_read_lazily(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\n\xff\n")
    lines = read_lines(tmp_path / "a.txt")
    assert next(lines) == "one"
    with pytest.raises(DataError, match="line 2"):
        next(lines)


def test_weights_by_data_set():
    pairs = [SentencePair("a", "b", name, 2.0) for name in ("x", "y")]
    assert [pair.weight for pair in parallel_text.reweighted(pairs, "y=0.5")] == [2.0, 0.5]
    for wrong, why in (("z=1", "no data set 'z'; there are x, y"), ("x=0", "x has '0', wanted a number above 0"), ("x", "x has ''")):
        with pytest.raises(DataError, match=why):
            parallel_text.reweighted(pairs, wrong)
