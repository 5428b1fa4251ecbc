"""The captioning pipeline with a model that answers by rule."""

import itertools
import json
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
from fixtures_models import COLOURS, colour_photo
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.runtime.model_folder import describe_file


@pytest.fixture
def captioner(tiny_model):
    return mediakit.load(tiny_model)


def change_manifest(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("colour", COLOURS)
def test_it_sees_what_is_there(captioner, colour):
    caption = captioner(colour_photo(colour))
    assert caption.text == f"a {colour} picture"
    assert caption.words == ("a", colour, "picture")
    assert caption.to_dict() == {
        "caption": caption.text,
        "log_probability": round(caption.log_probability, 4),
        "score": None,
        "concepts": [],
        "alternatives": [],
    }
    assert list(caption.to_row()) == list(captioner.columns)


def test_log_probabilities_are_those_of_the_rule(captioner):
    """All probability but some e^-8 is on the three colours, each as likely as e to twice its share of what is seen."""
    caption = captioner(colour_photo("red"), beam=3, n_best=3)
    weights = np.exp([2 * 250 / 255, 0, 0])
    wanted = np.log(weights / weights.sum())
    found = [caption.log_probability, *(other.log_probability for other in caption.alternatives)]
    np.testing.assert_allclose(found, wanted, atol=0.02)


def test_attention_is_rows_and_columns_of_the_photo(captioner):
    photo = np.zeros((40, 40, 3), np.uint8)
    photo[:20, 20:, 1] = 255
    photo[20:, :20, 1] = 250
    attention = captioner(photo).attention
    assert attention.shape == (3, 2, 2)
    np.testing.assert_allclose(attention.sum(axis=(1, 2)), 1, atol=1e-5)
    assert (attention[:, 0, 1] > attention[:, 1, 0]).all() and (attention[:, 1, 0] > attention[:, 0, 0]).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_many_come_in_order(tiny_model, threads):
    colours = [COLOURS[i % 3] for i in range(50)]
    said = mediakit.load(tiny_model, threads=threads)([colour_photo(colour) for colour in colours])
    assert [caption.words[1] for caption in said] == colours


def test_none_gives_none(captioner):
    assert captioner([]) == []
    assert list(captioner.stream([])) == []


def test_a_stream_runs_only_a_little_ahead(tiny_model):
    pulled = itertools.count()
    photos = (colour_photo("red") for _ in iter(lambda: next(pulled), 10_000))
    stream = mediakit.load(tiny_model, threads=2).stream(photos)
    for _ in range(20):
        next(stream)
    stream.close()
    assert next(pulled) < 40


def test_a_reader_that_leaves_ends_the_threads(captioner):
    before = threading.active_count()
    stream = captioner.stream(itertools.repeat(colour_photo("red")))
    next(stream)
    assert threading.active_count() > before
    stream.close()
    assert threading.active_count() == before


def test_an_error_of_the_photos_themselves_is_passed_on(captioner):
    def photos():
        yield colour_photo("red")
        yield colour_photo("red")
        raise RuntimeError("the reader's own")

    with pytest.raises(RuntimeError, match="the reader's own"):
        list(captioner.stream(photos()))


def test_samples_depend_on_the_seed_and_the_place_alone(tiny_model):
    photos = [np.full((20, 20, 3), 128, np.uint8)] * 30
    said = [
        [caption.text for caption in mediakit.load(tiny_model, threads=threads)(photos, sample=True, top_p=1.0, seed=4)]
        for threads in (1, 3)
    ]
    assert said[0] == said[1]
    assert len(set(said[0])) > 1


def test_pickled_it_says_the_same(captioner):
    again = pickle.loads(pickle.dumps(captioner))
    assert again(colour_photo("blue")).text == "a blue picture"


def test_it_is_short_in_a_console_and_drawn_in_a_notebook(captioner, tmp_path):
    path = tmp_path / "red.png"
    Image.fromarray(colour_photo("red")).save(path)
    caption = captioner(path, beam=3, n_best=3)
    assert "attention=float32[3, 2, 2]" in repr(caption) and len(repr(caption)) < 700
    assert caption._repr_png_().startswith(b"\x89PNG")
    assert captioner(path.read_bytes())._repr_png_() is None
    path.unlink()
    assert caption._repr_png_() is None


@pytest.mark.parametrize("options", [{"beam": 0}, {"n_best": 0}, {"temperature": 0.0}, {"top_p": 2.0}])
def test_options_out_of_range(captioner, options):
    with pytest.raises(InputError, match=next(iter(options))):
        captioner.stream([colour_photo("red")], **options)  # before anything is read


@pytest.mark.parametrize("wrong", [None, 7, {"a": 1}, np.zeros(3), "\0", "\ud800.png", b"", ""])
def test_what_is_no_photo_is_an_error_in_its_place(captioner, wrong):
    (_, bad), (_, good) = captioner.stream([wrong, colour_photo("red")])
    assert isinstance(bad, InputError) and good.text == "a red picture"
    with pytest.raises(InputError):
        captioner(wrong)


@pytest.mark.parametrize("wrong", ["photo.jpg", b"photo", Path("photo.jpg"), 7, None])
def test_a_stream_takes_several_photos(captioner, wrong):
    with pytest.raises(InputError, match="put it in a list"):
        captioner.stream(wrong)


def test_no_threads(tiny_model):
    with pytest.raises(InputError, match="threads is 0"):
        mediakit.load(tiny_model, threads=0)


def test_a_vocabulary_of_another_size(tiny_model):
    file = tiny_model / "vocabulary.txt"
    file.write_text(file.read_text() + "more\n")
    change_manifest(tiny_model, lambda manifest: manifest["files"].update(vocabulary=describe_file(file)))
    with pytest.raises(ModelError, match="scores 9 words, the vocabulary has 10"):
        mediakit.load(tiny_model)


def test_an_encoder_that_gives_too_little(tiny_model):
    change_manifest(tiny_model, lambda manifest: manifest["networks"]["encoder"]["outputs"].pop(0))
    with pytest.raises(ModelError, match="the decoder needs keys"):
        mediakit.load(tiny_model)


@pytest.mark.parametrize("decoding", [{"beams": 3}, {"beam": 0}, {"beam": "wide"}])
def test_a_manifest_with_wrong_decoding_options(tiny_model, decoding):
    change_manifest(tiny_model, lambda manifest: manifest["config"].update(decoding=decoding))
    with pytest.raises(ModelError, match="does not fit the decoder"):
        mediakit.load(tiny_model)


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.pop("task"),
        lambda manifest: manifest.update(networks=[]),
        lambda manifest: manifest.update(format_version="one"),
        lambda manifest: manifest["networks"]["encoder"].pop("sha256"),
        lambda manifest: manifest["networks"]["encoder"].pop("inputs"),
        lambda manifest: manifest["networks"]["encoder"]["inputs"][0].pop("tensor"),
    ],
)
def test_a_malformed_manifest_is_one_line(tiny_model, change):
    change_manifest(tiny_model, change)
    with pytest.raises(ModelError, match=r"manifest\.json: not a manifest") as caught:
        mediakit.load(tiny_model)
    assert "\n" not in str(caught.value)
