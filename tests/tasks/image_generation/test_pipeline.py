"""Images by seed, mixtures and walks, of generators whose images can be predicted; see `tests/data/make_tiny_style_gan.py`."""

import io
import json
import pickle
import shutil
from itertools import count, islice

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.runtime.model_folder import describe_file
from mediakit.tasks.image_generation.latents import Latent
from mediakit.tasks.image_generation.pipeline import ImageRequest


@pytest.fixture
def draws(tiny_style_gan):
    return mediakit.load(tiny_style_gan)


@pytest.fixture
def draws_plainly(tiny_dcgan):
    return mediakit.load(tiny_dcgan)


def colours(picture):
    """The colour left and right of the middle, by number of its strongest channel."""
    left, right = picture.pixels[4, 2, :3], picture.pixels[4, 5, :3]
    return int(left.argmax()), int(right.argmax())


def test_a_seed_has_one_picture_alone_or_among_others(draws, tiny_style_gan):
    several = draws(range(20, 30))
    assert [picture.seed for picture in several] == list(range(20, 30))
    assert len({picture.pixels.tobytes() for picture in several}) == 10
    one_thread = mediakit.load(tiny_style_gan, threads=1)
    for picture in several[::3]:
        for alone in (draws(picture.seed), one_thread(picture.seed), draws([3, picture.seed])[1]):
            assert np.array_equal(alone.premultiplied, picture.premultiplied) and alone.to_dict() == picture.to_dict()


def test_alpha_is_straight_for_users_and_multiplied_for_metrics(draws):
    picture = draws(5)
    assert picture.pixels.shape == picture.premultiplied.shape == draws.shape == (8, 8, 4) and picture.pixels.dtype == np.uint8
    alpha = picture.pixels[..., 3]
    assert alpha[0, 0] == 0 and alpha[4, 4] > 240
    assert (picture.premultiplied[..., :3] <= picture.premultiplied[..., 3:]).all()
    edge = (alpha > 60) & (alpha < 200)
    assert edge.any()
    faded = picture.pixels[edge][:, :3].astype(float) * alpha[edge][:, None] / 255
    assert np.abs(faded - picture.premultiplied[edge][:, :3]).max() <= 1


def test_a_label_can_be_given_by_its_beginning_in_any_case(draws):
    for label, channel in (("Red & Warm", 0), ("red", 0), ("GREEN", 1), ("b", 2)):
        pictures = draws([1, 2, 3], label=label, truncation=1)
        assert all(colours(picture) == (channel, channel) for picture in pictures)
        assert {picture.label for picture in pictures} == {draws.classes[channel]}
    assert {picture.label for picture in draws(range(30))} == set(draws.classes)
    each = draws([ImageRequest(1, "green"), 2, ImageRequest(2, "blue")], label="red")
    assert [picture.label for picture in each] == ["Green", "Red & Warm", "Blue"]
    unlabelled = draws(4)  # a label that is given changes nothing else
    assert np.array_equal(draws(4, label=unlabelled.label).pixels, unlabelled.pixels)


def test_an_ambiguous_label_names_the_classes_it_may_be(draws, monkeypatch):
    monkeypatch.setattr(draws, "classes", ("Green", "Grey", "Blue"))
    with pytest.raises(InputError, match="label 'gr' is ambiguous: it is the beginning of Green, Grey"):
        draws(1, label="gr")


def test_truncation_is_how_far_from_the_mean_picture(draws):
    mean = [draws(seed, truncation=0).pixels[4, 4, :3].astype(int) for seed in (1, 2)]
    assert np.abs(mean[0] - mean[1]).max() <= 1 and np.abs(mean[0] - 128).max() <= 2
    spread = [np.abs(draws(3, truncation=psi).pixels[4, 4, :3].astype(int) - 128).max() for psi in (0.2, 0.5, 1, 2)]
    assert spread == sorted(spread) and spread[0] < spread[-1]
    assert draws(3).truncation == 0.5  # the model's own


def test_a_mixture_is_coarse_of_one_and_fine_of_another(draws):
    seeds = {draws(seed).label: seed for seed in range(20)}
    red, blue = seeds["Red & Warm"], seeds["Blue"]
    none, half, all_of_it = draws([ImageRequest(red, fine=blue, crossover=crossover) for crossover in (0, 2, 4)], truncation=1)
    assert colours(half) == (0, 2)
    assert np.array_equal(none.premultiplied, draws(blue, truncation=1).premultiplied)
    assert np.array_equal(all_of_it.premultiplied, draws(red, truncation=1).premultiplied)
    assert half.to_dict() == {"seed": red, "label": "Red & Warm", "truncation": 1, "fine": blue, "crossover": 2}


def test_a_walk_is_closed_smooth_and_goes_through_the_seeds(draws):
    frames = list(draws.walk([3, 4, 5], 60))
    assert len(frames) == 60 and np.array_equal(frames[0], draws(3).pixels)
    noise = draws(ImageRequest(3, fine=4, crossover=1))  # the first seed's noise, all the way
    assert np.array_equal(frames[20][..., 3], noise.premultiplied[..., 3])
    colour = np.array([frame[4, 2, :3] for frame in [*frames, frames[0]]], int)
    steps = np.abs(np.diff(colour, axis=0)).max(axis=1)
    assert 0 < steps.max() <= 30 and np.abs(frames[20].astype(int) - draws(4).pixels)[4, 2, :3].max() <= 12


def test_an_image_of_the_model_is_projected_to_where_it_came_from(draws):
    wanted = draws(5, truncation=1)
    found = list(draws.project(wanted.premultiplied))
    assert 1 < len(found) <= draws.projection_steps
    assert found[-1].error < found[0].error < 5  # what is left is the noise of the seed
    again = draws(found[-1].latent)
    assert np.array_equal(again.premultiplied, found[-1].premultiplied) and (again.truncation, again.label) == (1, None)
    assert np.array_equal(found[-1].pixels, again.pixels)
    difference = again.premultiplied.astype(float) - wanted.premultiplied
    assert found[-1].error == pytest.approx(np.sqrt((difference**2).mean()), abs=0.5)
    repeated, other = (list(draws.project(wanted.premultiplied, seed=seed))[-1].latent.codes for seed in (0, 1))
    assert np.array_equal(repeated, found[-1].latent.codes) and not np.array_equal(other, repeated)


def test_images_of_other_sizes_are_projected_from_files(draws, tmp_path):
    wide = Image.new("RGBA", (60, 30))
    wide.paste((0, 255, 0, 255), (15, 0, 45, 30))
    wide.save(tmp_path / "wide.png")
    seen = draws.read(tmp_path / "wide.png")
    assert seen.shape == (8, 8, 4) and (seen == [0, 255, 0, 255]).all()
    first = next(iter(draws.project(tmp_path / "wide.png", label="red")))
    assert colours(draws(first.latent))[0] == 0, "it starts from images of the class"
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(InputError, match=r"text\.png: is not an image"):
        draws.project(tmp_path / "text.png")
    with pytest.raises(InputError, match=r"expected uint8 \[8, 8, 4\]"):
        draws.project(seen[:4])


def test_a_latent_goes_where_a_seed_goes(draws, draws_plainly):
    latent = next(iter(draws.project(draws(5, truncation=1).premultiplied)))
    latent = Latent(latent.latent.codes, latent.latent.network, "five")
    own, mean = draws([ImageRequest(latent)])[0], draws(latent, truncation=0)
    assert own.seed == "five" and np.abs(mean.pixels[4, 4, :3].astype(int) - 128).max() <= 2
    mixed = draws(ImageRequest(3, fine=latent, crossover=0), truncation=1)
    assert np.array_equal(mixed.premultiplied, own.premultiplied) and mixed.to_dict()["fine"] == "five"
    frames = list(draws.walk([latent, 3], 8))
    assert np.array_equal(frames[0], own.pixels)
    with pytest.raises(InputError, match="five: a latent of another model than"):
        draws_plainly(latent)
    plain = next(iter(draws_plainly.project(draws_plainly(3).premultiplied)))
    assert draws_plainly(plain.latent).truncation is None


def test_a_plain_generator_draws_and_walks_but_has_no_styles(draws_plainly):
    assert draws_plainly.shape == (8, 8, 1) and draws_plainly.classes == () and draws_plainly.layers == 1
    picture = draws_plainly(3)
    assert np.array_equal(picture.pixels, picture.premultiplied) and len(np.unique(picture.pixels)) == 4
    assert picture.to_dict() == {"seed": 3, "label": None, "truncation": None, "fine": None, "crossover": None}
    assert np.array_equal(draws_plainly(3, truncation=1).pixels, picture.pixels)
    frames = list(draws_plainly.walk([1, 2], 8))
    assert np.array_equal(frames[4], draws_plainly(2).pixels)
    for options in ({"truncation": 0.5}, {"label": "red"}):
        with pytest.raises(InputError, match="has no"):
            draws_plainly(3, **options)
    with pytest.raises(InputError, match="no styles to mix"):
        draws_plainly(ImageRequest(1, fine=2, crossover=1))


def test_latents_between_two_keep_their_length(draws_plainly):
    """Else the pictures half way would be those of unlikely latents: here, greyer ones."""
    latents = [np.random.default_rng(seed).standard_normal(4) for seed in (1, 2)]
    half_way = np.arctanh(list(draws_plainly.walk([1, 2], 4))[1][::4, ::4, 0] / 127.5 - 1)
    assert np.linalg.norm(half_way) == pytest.approx(np.mean(np.linalg.norm(latents, axis=1)), rel=0.05)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"truncation": float("nan")}, "from 0 to 2"),
        ({"truncation": -0.1}, "from 0 to 2"),
        ({"label": "mauve"}, "Red & Warm, Green, Blue"),
        ({"label": ""}, "no label"),
    ],
)
def test_options_out_of_range(draws, options, why):
    with pytest.raises(InputError, match=why):
        draws.stream([1], **options)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (-1, "seeds are whole numbers"),
        (1.5, "seeds are whole numbers"),
        ("7", "seeds are whole numbers"),
        (None, "seeds are whole numbers"),
        (ImageRequest(1, "mauve"), "Red & Warm, Green, Blue"),
        (ImageRequest(1, fine=2), "crossover is None"),
        (ImageRequest(1, fine=2, crossover=5), "0 to 4 coarse layers"),
        (InputError("passed on"), "passed on"),
    ],
)
def test_what_cannot_be_generated_is_an_error_in_its_place(draws, wrong, why):
    (_, first), (item, bad), (_, last) = draws.stream([3, wrong, np.int64(4)])
    assert item is wrong and isinstance(bad, InputError) and (first.seed, last.seed) == (3, 4)
    with pytest.raises(InputError, match=why):
        draws(wrong)


def test_it_is_short_in_a_console_and_an_image_in_a_notebook(draws):
    image = draws(7)
    assert "uint8[8, 8, 4]" in repr(image) and len(repr(image)) < 160
    assert Image.open(io.BytesIO(image._repr_png_())).size == (128, 128)
    row = image.to_row()
    assert list(row) == list(draws.columns) and np.array_equal(np.asarray(Image.open(io.BytesIO(row["png"]))), image.pixels)


def test_wrong_walks(draws):
    with pytest.raises(InputError, match="two seeds"):
        draws.walk([1], 10)
    with pytest.raises(InputError, match="at least 1 frame"):
        draws.walk([1, 2], 0)
    with pytest.raises(InputError, match="threads"):
        mediakit.load(draws.folder.path, threads=0)


def test_endless_seeds_are_streamed(draws):
    assert [seed for seed, _ in islice(draws.stream(count(7)), 3)] == [7, 8, 9]


def test_it_can_be_pickled(draws):
    again = pickle.loads(pickle.dumps(draws))
    assert np.array_equal(again(3).pixels, draws(3).pixels)


def test_files_that_do_not_belong_together(tiny_style_gan):
    manifest = json.loads((tiny_style_gan / "manifest.json").read_text())

    def said(change):
        changed = json.loads(json.dumps(manifest))
        change(changed)
        (tiny_style_gan / "manifest.json").write_text(json.dumps(changed))
        with pytest.raises(ModelError) as caught:
            mediakit.load(tiny_style_gan)
        return str(caught.value)

    assert "names no classes" in said(lambda m: m["files"].clear())
    assert "styles" in said(lambda m: m["networks"]["synthesis"]["inputs"].clear())
    (tiny_style_gan / "classes.txt").write_text("One\n")
    one = describe_file(tiny_style_gan / "classes.txt")
    assert "3 classes, and names 1" in said(lambda m: m["files"].update(classes=one))
    shutil.copy(tiny_style_gan / "mapping.tflite", tiny_style_gan / "synthesis.tflite")
    assert "damaged" in said(lambda m: None)
