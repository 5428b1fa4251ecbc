"""Grey photos in, coloured ones of the same size and lightness out."""

import numpy as np
import pytest
from PIL import Image

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.media import masks
from mediakit.media.lab import lab_of_rgb, lightness_of_grey
from mediakit.runtime.model_folder import open_folder, write_manifest
from mediakit.tasks.image_to_image.coloring import colored
from mediakit.tasks.image_to_image.pipeline import Colorizer, Translator


@pytest.fixture
def colorize(tiny_colorize):
    return mediakit.load(tiny_colorize)


def photo(height=40, width=60):
    """Dark left, bright right."""
    pixels = np.full((height, width), 60, np.uint8)
    pixels[:, width // 2 :] = 200
    return pixels


@pytest.mark.parametrize("size", [(40, 60), (64, 64), (1, 1), (2, 300), (300, 3), (500, 700)])
def test_the_size_and_the_lightness_stay(colorize, size):
    grey = photo(*size)
    made = colorize(grey)
    assert made.pixels.shape == (*size, 3) and made.to_dict() == {"width": size[1], "height": size[0]}
    lab = lab_of_rgb(made.pixels)
    assert np.abs(lab[..., 0] - lightness_of_grey(grey)).max() < 1


def test_colours_have_the_photos_edges(colorize):
    grey = photo(64, 64)
    grey[:, :34], grey[:, 34:] = 60, 200  # not at a border of the network's pixels, which are four pixels wide
    a = lab_of_rgb(colorize(grey).pixels)[30, :, 1]
    low, high = 60 * 40 / 255, 200 * 40 / 255
    np.testing.assert_allclose(a[[2, 61]], [low, high], atol=1.5)
    assert a[34] - a[33] > (high - low) / 2


def test_saturation_and_the_models_own_gain(tiny_colorize):
    colorize = mediakit.load(tiny_colorize)
    plain = lab_of_rgb(colorize(photo()).pixels)[20, 55, 1]
    assert not lab_of_rgb(colorize(photo(), saturation=0.0).pixels)[..., 1:].round(1).any()
    assert lab_of_rgb(colorize(photo(), saturation=0.5).pixels)[20, 55, 1] == pytest.approx(plain / 2, abs=1)
    manifest = open_folder(tiny_colorize).manifest
    write_manifest(tiny_colorize, {**manifest, "calibration": {"chroma_gain": 0.5}})
    assert lab_of_rgb(mediakit.load(tiny_colorize)(photo()).pixels)[20, 55, 1] == pytest.approx(plain / 2, abs=1)


def test_only_the_luma_of_a_colour_photo_counts(colorize):
    sepia = np.dstack([photo(), photo() // 2, photo() // 4])
    luma = np.asarray(Image.fromarray(sepia).convert("L"))
    np.testing.assert_array_equal(colorize(sepia).pixels, colorize(luma).pixels)


def test_files_of_every_kind(colorize, tmp_path):
    grey = photo()
    wanted = colorize(grey).pixels
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(grey).convert("CMYK").save(tmp_path / "cmyk.tif")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(grey)).save(tmp_path / "turned.png", exif=exif)
    alpha = np.full(grey.shape, 255, np.uint8)
    alpha[:5] = 0
    Image.fromarray(np.dstack([grey, alpha])).save(tmp_path / "alpha.png")
    for name in ("deep.png", "cmyk.tif", "turned.png"):
        assert np.abs(colorize(tmp_path / name).pixels.astype(int) - wanted).max() <= 3, name
    transparent = colorize(tmp_path / "alpha.png").pixels
    np.testing.assert_array_equal(transparent[..., :3], wanted)
    np.testing.assert_array_equal(transparent[..., 3], alpha)


def test_strips_make_no_difference(monkeypatch):
    rng = np.random.default_rng(0)
    grey, chroma = rng.integers(0, 256, (61, 83)).astype(np.uint8), rng.normal(0, 30, (12, 16, 2)).astype(np.float32)
    whole = colored(grey, chroma)
    monkeypatch.setattr(masks, "STRIP", 200)
    np.testing.assert_array_equal(colored(grey, chroma), whole)


def test_a_stream_goes_on_past_errors(colorize):
    found = [result for _, result in colorize.stream([photo(), "absent.png", np.zeros((2, 2, 2), np.uint8), photo()])]
    assert [type(result).__name__ for result in found] == ["MadeImage", "InputError", "InputError", "MadeImage"]
    with pytest.raises(InputError, match="more than the limit of 100"):
        colorize(Image.fromarray(photo()), max_pixels=100)


def test_a_model_of_pairs_makes_an_image_of_the_same_size(tiny_inverter):
    translate = mediakit.load(tiny_inverter)
    pixels = np.full((40, 60, 3), (250, 100, 0), np.uint8)
    made = translate(pixels)
    assert isinstance(translate, Translator) and (made.pixels == (5, 155, 255)).all() and made.pixels.shape == (40, 60, 3)
    assert np.ptp(translate(pixels, saturation=0.0).pixels) == 0
    assert made.draw().size == (60, 40) and made._repr_png_().startswith(b"\x89PNG")


def test_networks_of_another_shape(tiny_colorize, tiny_inverter):
    with pytest.raises(ModelError, match="does not turn a source into chroma"):
        Colorizer(open_folder(tiny_inverter))
    with pytest.raises(ModelError, match="does not turn a source into image"):
        Translator(open_folder(tiny_colorize))
