"""The genre pipeline, on networks of three lines and small made films."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.datasets.labelled_films import GENRES
from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.runtime.model_folder import ModelFolder, describe_file, open_folder
from mediakit.tasks.film_genres import pipeline as trailer_genre

FILMS = Path(__file__).parents[2] / "data" / "films"


class Encoder:
    """A picture's features are its mean red, green and blue."""

    inputs = ({"name": "image", "shape": [1, 8, 8, 3]},)

    def __call__(self, image):
        return {"features": image.mean(axis=(1, 2))}


class Head:
    """Action for red, Adventure for green, Animation for blue; the first moment counts twice."""

    outputs = ({"name": "probabilities", "shape": [1, 13]},)

    def __call__(self, features):
        count = features.shape[1]
        weights = np.array([[2.0] + [1.0] * (count - 1)]) / (count + 1)
        moments = np.zeros((1, count, 13))
        moments[..., :3] = features / 255
        return {"attention": weights, "moments": moments, "probabilities": (weights[..., None] * moments).sum(axis=1)}


@pytest.fixture
def classifier(tmp_path, monkeypatch):
    (tmp_path / "genres.txt").write_text("".join(f"{genre}\n" for genre in GENRES))
    manifest = {"name": "toy", "task": "trailer_genre", "networks": {}, "files": {"genres": describe_file(tmp_path / "genres.txt")}}
    monkeypatch.setattr(ModelFolder, "network", lambda self, key: {"encoder": Encoder(), "head": Head()}[key])
    return trailer_genre.load(ModelFolder(tmp_path, manifest))


def coloured(folder, colours):
    """A folder of pictures with a coloured half each."""
    folder.mkdir()
    for i, colour in enumerate(colours):
        pixels = np.random.default_rng(i).integers(0, 40, (24, 32, 3)).astype(np.uint8)
        pixels[:, 10:] += np.array({"red": (200, 0, 0), "blue": (0, 0, 200)}[colour], np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def test_genres_of_a_folder(classifier, tmp_path):
    film = classifier(coloured(tmp_path / "film", ["blue", "red", "blue"]), keep_frames=True)
    assert [genre.name for genre in film.genres[:2]] == ["Animation", "Action"] and len(film.genres) == 13
    assert film.frames == 3 and film.seconds == 3 and film.shortfall is None
    assert film.spoke_for("Animation", 2) == [0, 2] and film.spoke_for("Action", 1) == [1]
    with pytest.raises(InputError, match="no genre 'Western'; the genres are Action, Adventure"):
        film.spoke_for("Western")
    assert sum(moment.weight for moment in film.moments) == pytest.approx(1)
    assert all(moment.frame.shape == (24, 32, 3) for moment in film.moments)
    row = json.loads(json.dumps(film.to_dict()))
    assert list(row) == list(classifier.columns) and set(row["genres"][0]) == {"genre", "probability"}
    probabilities = [genre["probability"] for genre in row["genres"]]
    assert probabilities == sorted(probabilities, reverse=True)


def test_of_a_video_so_many_frames_as_asked_for(classifier):
    film = classifier(FILMS / "h264.mp4", frames=5, start=1.0, end=3.0)
    assert film.frames == 5 and all(1 <= moment.seconds < 3 for moment in film.moments)
    assert all(moment.frame is None for moment in film.moments) and film.seconds == 4
    assert classifier(FILMS / "h264.mp4", per_shot=True).frames == 4


def test_a_batch_goes_on_past_bad_films(classifier):
    given = [FILMS / "sound.m4a", InputError("nothing: no files match"), FILMS / "vp9.webm"]
    parts = []
    said = list(classifier.stream(given, watch=lambda number, part: parts.append((number, part))))
    assert [path for path, _ in said] == given
    assert [isinstance(genres, MediakitError) for _, genres in said] == [True, True, False]
    last = [part for number, part in parts if number == 2]
    assert last == sorted(last) and last[0] >= 0 and last[-1] == 1 and (0, 1.0) in parts
    with pytest.raises(InputError, match="sound"):
        classifier(given)
    assert len(classifier([FILMS / "vp9.webm"] * 2)) == 2


def test_black_films_and_wrong_options(classifier, tmp_path):
    (tmp_path / "black").mkdir()
    Image.new("RGB", (32, 24)).save(tmp_path / "black" / "1.png")
    with pytest.raises(InputError, match="nothing but black"):
        classifier(tmp_path / "black")
    for options in ({"frames": 0}, {"frames": 9999}, {"start": -1.0}):
        with pytest.raises(InputError):
            classifier(FILMS / "h264.mp4", **options)


def test_files_that_do_not_belong_together(classifier, tmp_path):
    (tmp_path / "genres.txt").write_text("Action\n")
    manifest = {**classifier.folder.manifest, "files": {"genres": describe_file(tmp_path / "genres.txt")}}
    with pytest.raises(ModelError, match="scores 13 genres"):
        trailer_genre.load(ModelFolder(tmp_path, manifest))


def test_a_film_is_drawn_if_its_frames_were_kept(classifier, tmp_path):
    path = coloured(tmp_path / "film", ["blue", "red"])
    film = classifier(path, keep_frames=True)
    assert film._repr_png_().startswith(b"\x89PNG") and film.draw("title", genres=1).height < film.draw().height
    assert repr(film).startswith("FilmGenres(Animation 0.") and len(repr(film)) < 160
    assert classifier(path)._repr_png_() is None
    with pytest.raises(InputError, match="keep_frames"):
        classifier(path).draw()


@pytest.mark.parametrize("wrong", [None, 7, b"film.mp4", "\0.mp4", "\ud800.mp4", ""])
def test_what_is_no_film_is_an_error_in_its_place(classifier, wrong):
    said = [result for _, result in classifier.stream([wrong, FILMS / "vp9.webm"])]
    assert isinstance(said[0], MediakitError) and said[1].frames


@pytest.fixture(scope="module")
def shipped():
    return mediakit.load("trailer_genre")


def test_the_shipped_model_answers_the_same_after_pickling(shipped):
    again = pickle.loads(pickle.dumps(shipped))
    assert again(FILMS / "h264.mp4").to_dict() == shipped(FILMS / "h264.mp4").to_dict()


def test_the_shipped_model_still_tells_genres(shipped, data_folder):
    """It learned from these films: far above chance, which is 0.2, or something is broken between training and answering."""
    from mediakit.tasks.film_genres.metrics import evaluate, examples

    pytest.importorskip("sklearn", reason="the metric is scikit-learn's")
    films = examples(data_folder / "film", "val", {})
    assert evaluate(shipped, films, options={"frames": 8}).values["micro AP"] > 0.6


def test_the_shipped_folder_is_small():
    folder = open_folder("trailer_genre")
    assert folder.size < 8e6 and folder.manifest["figures"]
