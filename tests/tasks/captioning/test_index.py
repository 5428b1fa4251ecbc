"""The photo index: kept up to date by path, size and time; searched by words and by features."""

import os

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.tasks.captioning.index import Description, PhotoIndex, Update

CAPTIONS = {
    "beach.jpg": ("two dogs run on a beach", ("dog", "beach"), [1, 0, 0]),
    "street.jpg": ("a man crosses a street", ("person", "car"), [0, 1, 0]),
    "dog.jpg": ("a dog sleeps", ("dog", "sofa"), [0.9, 0.1, 0.1]),
}


class Describer:
    """Describes photos by their names and remembers which it was asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, photos):
        for photo in photos:
            self.asked.append(photo.name)
            caption, concepts, features = CAPTIONS.get(photo.name, ("", (), []))
            yield photo, Description(caption, concepts, np.array(features)) if caption else InputError(f"{photo}: is damaged")


@pytest.fixture
def folder(tmp_path):
    for name in CAPTIONS:
        (tmp_path / name).write_bytes(b"photo")
    return tmp_path


@pytest.fixture
def index(tmp_path):
    with PhotoIndex(tmp_path / "index.sqlite", tmp_path) as index:
        yield index


def photos(folder):
    return sorted(folder.glob("*.jpg"))


def test_words_match_by_stem_and_ignore_stop_words(folder, index):
    index.update(photos(folder), Describer())
    assert [os.path.basename(match.path) for match in index.search("a dog on the beach")] == ["beach.jpg", "dog.jpg"]
    assert [match.caption for match in index.search("streets")] == ["a man crosses a street"]
    assert [os.path.basename(match.path) for match in index.search("sofa")] == ["dog.jpg"]  # a concept that the caption leaves out
    assert index.search("zebra") == []


@pytest.mark.parametrize("query", ["AND", "dog*", "NEAR(dog)", "caption:dog", "dog' OR 1=1 --", "c'est"])
def test_any_query_is_words_not_syntax(folder, index, query):
    index.update(photos(folder), Describer())
    assert len(index.search(query)) <= 2  # FTS5 would raise for most of these, or give all photos


@pytest.mark.parametrize("query", ["", "-", '"', "*", "-dog"])
def test_a_query_without_words_is_refused(index, query):
    with pytest.raises(InputError, match="holds no words to search for"):
        index.search(query)


def test_only_new_and_changed_photos_are_described(folder, index):
    describe = Describer()
    assert index.update(photos(folder), describe) == Update(added=3, removed=0, failed=0, unchanged=0)
    (folder / "street.jpg").write_bytes(b"another photo")
    (folder / "dog.jpg").unlink()
    describe.asked.clear()
    assert index.update(photos(folder), describe) == Update(added=1, removed=1, failed=0, unchanged=1)
    assert describe.asked == ["street.jpg"]
    assert [match.caption for match in index.search("dog")] == ["two dogs run on a beach"] and len(index) == 2


def test_a_photo_that_fails_is_counted_and_found_by_nothing(folder, index):
    (folder / "broken.jpg").write_bytes(b"")
    first = index.update(photos(folder), Describer())
    assert first.failed == 1 and [str(error) for error in first.errors] == [f"{folder / 'broken.jpg'}: is damaged"]
    assert len(index) == 3


def test_a_photo_that_failed_is_tried_again_and_reported_once(folder, index):
    (folder / "broken.jpg").write_bytes(b"")
    index.update(photos(folder), Describer())
    describe = Describer()
    assert index.update(photos(folder), describe) == Update(failed=1, unchanged=3)
    assert describe.asked == ["broken.jpg"]


def test_an_update_that_is_stopped_goes_on(folder, index, monkeypatch):
    monkeypatch.setattr("mediakit.tasks.captioning.index.WRITE_EVERY", 1)

    def stop_after_one(paths):
        yield next(Describer()(paths))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.update(photos(folder), stop_after_one)
    describe = Describer()
    index.update(photos(folder), describe)
    assert len(describe.asked) == 2 and len(index) == 3


def test_similar_photos_by_cosine(folder, index):
    index.update(photos(folder), Describer())
    matches = index.similar(np.array([2.0, 0, 0]), limit=2)
    assert [os.path.basename(match.path) for match in matches] == ["beach.jpg", "dog.jpg"]
    assert matches[0].score == pytest.approx(1, abs=1e-3)


def test_a_file_name_that_is_not_utf8(folder, index):
    name = os.fsdecode(b"beach-\xff.jpg")
    captions = {**CAPTIONS, name: CAPTIONS["beach.jpg"]}
    (folder / name).write_bytes(b"photo")

    def describe(paths):
        for path in paths:
            caption, concepts, features = captions[path.name]
            yield path, Description(caption, concepts, np.array(features))

    index.update(photos(folder), describe)
    assert {os.path.basename(match.path) for match in index.search("beach")} == {"beach.jpg", name}


@pytest.mark.parametrize("content", [b"a photo album", b"SQLite format 3\0" + bytes(100)])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(InputError, match=r"notes\.txt: (is not an index|cannot be used as an index)"):
        PhotoIndex(tmp_path / "notes.txt", tmp_path)
    assert (tmp_path / "notes.txt").read_bytes() == content


def test_reopened(folder, tmp_path):
    with PhotoIndex(tmp_path / "index.sqlite", tmp_path) as index:
        index.update(photos(folder), Describer())
    with PhotoIndex(tmp_path / "index.sqlite", tmp_path) as index:
        [match] = index.search("street")
        assert match.to_dict()["path"] == str(folder / "street.jpg") and match.score > 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("street dogs", ["street.jpg", "dog.jpg", "beach.jpg"]),
        ("sleeping dog", ["dog.jpg", "beach.jpg"]),  # both words before one
        ("kittens on couches", ["dog.jpg"]),  # a couch is a sofa
        ("-beach dog", ["dog.jpg"]),
        ('"a dog"', ["dog.jpg"]),
        ('"dogs run" -sofa', ["beach.jpg"]),
        ("DÓG -béach", ["dog.jpg"]),
    ],
)
def test_query_terms(folder, index, query, found):
    index.update(photos(folder), Describer())
    assert [os.path.basename(match.path) for match in index.search(query)] == found


def test_renamed_photos_keep_their_captions(folder, index):
    index.update(photos(folder), Describer())
    (folder / "street.jpg").rename(folder / "crossing.jpg")
    describe = Describer()
    assert index.update(photos(folder), describe) == Update(renamed=1, unchanged=2)
    assert not describe.asked
    assert [os.path.basename(match.path) for match in index.search("street")] == ["crossing.jpg"]


def test_a_renamed_folder_keeps_its_index(folder, tmp_path):
    with PhotoIndex(tmp_path / "index.sqlite", folder) as index:
        index.update(photos(folder), Describer())
    with PhotoIndex(tmp_path / "index.sqlite", tmp_path / "renamed") as index:
        assert [match.path for match in index.search("street")] == [str(tmp_path / "renamed" / "street.jpg")]


def test_two_processes_may_update_one_index(folder, tmp_path):
    with PhotoIndex(tmp_path / "index.sqlite", folder) as first, PhotoIndex(tmp_path / "index.sqlite", folder) as second:

        def describe_while_another_does(paths):
            second.update(photos(folder), Describer())
            yield from Describer()(paths)

        assert first.update(photos(folder), describe_while_another_does).added == 3
        assert len(first) == len(second) == 3


def test_an_index_that_cannot_be_written_says_so(folder, tmp_path):
    file = tmp_path / "index.sqlite"
    with PhotoIndex(file, folder) as index:
        index.update(photos(folder), Describer())
        index._database.execute("PRAGMA query_only = 1")  # as for a file that is read-only, which does not stop root
        assert index.update(photos(folder), Describer()) == Update(unchanged=3)
        (folder / "street.jpg").unlink()
        with pytest.raises(InputError, match=r"index\.sqlite: cannot be used as an index: .*readonly.*--no-update"):
            index.update(photos(folder), Describer())
