"""Photos in every format, and files that are not photos."""

import io
import re
import struct
import sys
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediakit.errors import InputError, InputWarning
from mediakit.media.image import photo_from_array, read_grey, read_photo, read_square


def gradient(height=40, width=60):
    x = np.linspace(0, 255, width, dtype=np.uint8)
    return np.dstack([np.tile(x, (height, 1)), np.full((height, width), 128, np.uint8), np.tile(x[::-1], (height, 1))])


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
def test_every_format(kind):
    photo = read_photo(encoded(Image.fromarray(gradient()), kind))
    assert photo.shape == (40, 60, 3) and photo.dtype == np.uint8
    assert np.abs(photo.astype(int) - gradient()).mean() < 16


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "RGBA", "I;16"])
def test_every_mode(mode):
    grey = Image.fromarray(gradient()).convert("L")
    sixteen = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    image = sixteen if mode == "I;16" else Image.fromarray(gradient()).convert(mode)
    photo = read_photo(encoded(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert photo.shape == (40, 60, 3)
    if mode == "1":  # dithered
        assert set(np.unique(photo)) == {0, 255} and abs(photo.mean() - np.mean(grey)) < 12
    else:
        expected = np.asarray(grey) if mode in ("L", "LA", "I;16") else gradient().mean(axis=-1)
        assert np.abs(photo.mean(axis=-1) - expected).mean() < 12


def test_transparent_parts_are_white():
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert (read_photo(encoded(image, "PNG")) == 255).all()


@pytest.mark.parametrize(("orientation", "transform"), [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, np.rot90)])
def test_exif_orientation(orientation, transform):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(encoded(Image.fromarray(gradient()), "PNG", exif=exif))
    np.testing.assert_array_equal(photo, transform(gradient()))


def test_resizing_to_a_square():
    assert read_photo(encoded(Image.fromarray(gradient(300, 500)), "JPEG"), size=64).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("kind", "what"), [("GIF", "animation; its first frame"), ("WEBP", "animation"), ("PNG", "animation"), ("TIFF", "pages; the first was")]
)
def test_the_first_of_several_frames_is_read_and_said_to_be(kind, what):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    with pytest.warns(InputWarning, match=f"the photo: .*{what}"):
        photo = read_photo(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    np.testing.assert_allclose(photo[0, 0], [255, 0, 0], atol=4)


@pytest.mark.filterwarnings("error::mediakit.errors.InputWarning")
@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_a_single_frame_is_no_animation(kind):
    read_photo(encoded(Image.new("RGB", (8, 8), "red"), kind, save_all=True))


def png_header(width, height):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_bad_files_are_named(tmp_path):
    jpeg = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)), "JPEG")
    cases = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"hello", "not an image"),
        "cut.jpg": (jpeg[: len(jpeg) // 2], "damaged"),
        "bomb.png": (png_header(20000, 12000), "more than the limit"),
    }
    for name, (content, why) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=why) as caught:
            read_photo(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        read_photo(tmp_path / "absent.jpg")
    with pytest.raises(InputError, match="is a folder"):
        read_photo(tmp_path)


def test_the_limit_can_be_raised(tmp_path):
    content = encoded(Image.new("L", (300, 300)), "PNG")
    with pytest.raises(InputError, match="--max-pixels"):
        read_photo(content, max_pixels=1000)
    assert read_photo(content, max_pixels=90_000).shape == (300, 300, 3)


def test_arrays():
    np.testing.assert_array_equal(photo_from_array(gradient()), gradient())
    np.testing.assert_array_equal(photo_from_array(gradient() / 255.0), gradient())
    assert photo_from_array(np.zeros((5, 6))).shape == (5, 6, 3)
    for wrong in (np.zeros((2, 3, 7), np.uint8), np.full((4, 4, 3), 7.0), np.zeros((4, 4, 3), np.int64), np.zeros(5)):
        with pytest.raises(InputError):
            photo_from_array(wrong)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_exif_does_not_matter():
    photo = Image.fromarray(gradient())
    content = encoded(photo, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01\x03\0")
    assert read_photo(content).shape == (40, 60, 3)


def test_pillows_own_limit_is_restored(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert read_photo(encoded(Image.new("L", (300, 300)), "PNG")).shape == (300, 300, 3)
    with pytest.raises(InputError):
        read_photo(b"no photo")
    assert Image.MAX_IMAGE_PIXELS == 100


def test_an_open_file_is_named(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("no photo")
    with open(path, "rb") as file, pytest.raises(InputError, match=r"text\.jpg: is not an image"):
        read_photo(file)
    with open(path) as file, pytest.raises(InputError, match="in binary mode"):
        read_photo(file)
    with pytest.raises(InputError, match="is empty"):
        read_photo(io.BytesIO(b""))
    with pytest.raises(InputError, match="not int"):
        read_photo(3)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=150)
@given(st.data())
def test_damaged_files_give_a_photo_or_one_line(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"]))
    content = bytearray(encoded(Image.fromarray(gradient()), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert read_photo(bytes(content), max_pixels=1_000_000).shape[2] == 3
    except InputError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message


def test_arrays_are_resized_as_files_are():
    content = encoded(Image.fromarray(gradient(270, 480)), "PNG")
    np.testing.assert_array_equal(photo_from_array(read_photo(content), size=64), read_photo(content, size=64))


def noise(kind, **options):
    return encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)), kind, **options)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("reader", [read_photo, lambda content: read_square(content, 200)])
def test_a_jpeg_without_its_end_is_read_with_a_warning(options, reader):
    content = noise("JPEG", **options)
    with pytest.warns(InputWarning, match="the photo: is cut short$"):
        np.testing.assert_array_equal(reader(content[:-2]), reader(content))
    with pytest.warns(InputWarning, match="is cut short"):
        assert reader(content[: len(content) * 95 // 100]).shape == (200, 200, 3)


def test_the_missing_rows_of_a_jpeg_are_stated():
    content = noise("JPEG")
    with pytest.warns(InputWarning, match=r"the last \d+% of its rows are missing"):
        read_photo(content[: len(content) * 9 // 10])
    with pytest.raises(InputError, match=r"the photo: is damaged or cut short: \d\d% of its rows are missing"):
        read_photo(content[: len(content) // 2])


def test_pillow_images():
    image = Image.fromarray(gradient())
    np.testing.assert_array_equal(read_photo(image), gradient())
    assert read_photo(image.convert("LA")).shape == (40, 60, 3) and image.size == (60, 40)
    with pytest.raises(InputError, match="the photo: 60 x 40 pixels are more"):
        read_photo(image, max_pixels=100)


def grey(values, scale=1.0, offset=0.0, kind=np.float32):
    return encoded(Image.fromarray((values * scale + offset).astype(kind)), "TIFF")


@pytest.mark.parametrize(
    ("scale", "offset", "kind", "guessed"),
    [
        (65535, 0, np.uint16, None),
        (4095, 0, np.uint16, "0..4095"),
        (1023, 0, np.uint16, "0..1023"),
        (255, 0, np.int32, "0..255"),
        (4095, 0, np.int32, "0..4095"),
        (1e9, 0, np.int32, "0..1e.09"),
        (2000, -1000, np.int32, "-1000..1000"),
        (1, 0, np.float32, None),
        (255, 0, np.float32, None),
        (65535, 0, np.float32, "0..65535"),
        (1.04, -0.02, np.float32, None),
        (2, -1, np.float32, "-1..1"),
        (7, 0, np.float32, "0..7"),
    ],
)
def test_values_are_scaled_by_what_the_image_holds(scale, offset, kind, guessed):
    values = np.linspace(0, 1, 40 * 60).reshape(40, 60)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        photo = read_photo(grey(values, scale, offset, kind))
    assert np.abs(photo[..., 0] - 255 * values).max() < 8
    assert [re.search(r"over (\S+)$", str(one.message))[1] for one in caught] == ([guessed.replace("e.", "e+")] if guessed else [])


def test_values_that_are_not_finite():
    values = np.linspace(0, 1, 40 * 60).reshape(40, 60)
    values[0, :3] = np.nan, np.inf, -np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_photo(grey(values))[0, :3, 0].tolist() == [0, 255, 0]
    with pytest.raises(InputError, match="the photo: holds no finite values"):
        read_photo(grey(np.full((4, 4), np.nan)))


def test_a_tiff_of_another_kind_is_called_a_tiff():
    with pytest.raises(InputError, match="is a TIFF of a kind that cannot be read"):
        read_photo(b"II*\0" + bytes(20))


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000"])
def test_newer_formats(kind):
    assert np.abs(read_photo(encoded(Image.fromarray(gradient()), kind)).astype(int) - gradient()).mean() < 8


def test_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(gradient())).save(file)
    assert np.abs(read_photo(file.getvalue()).astype(int) - gradient()).mean() < 8


def test_heic_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "ID", [kind for kind in Image.ID if kind not in ("HEIF", "AVIF")])
    with pytest.raises(InputError, match=r"the photo: pillow-heif is not installed: run pip install .*\[heic\]"):
        read_photo(bytes(4) + b"ftypheic" + bytes(20))


def test_an_address_is_no_path():
    with pytest.raises(InputError, match=r"^http://example\.org/a\.jpg: URLs are not fetched"):
        read_photo("http://example.org/a.jpg")


def test_the_luma_of_a_photo_and_its_opacity(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    pixels = np.kron(pixels[::8, ::8], np.ones((8, 8, 1), np.uint8))
    luma = np.asarray(Image.fromarray(pixels).convert("L"))
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=98)
    grey, alpha = read_grey(tmp_path / "a.jpg")
    assert grey.shape == (24, 32) and alpha is None
    np.testing.assert_allclose(grey.astype(int), luma, atol=3)
    opacity = np.full((24, 32), 255, np.uint8)
    for name, part in (("opaque.png", 255), ("clear.png", 0)):
        opacity[:4] = part
        Image.fromarray(np.dstack([pixels, opacity])).save(tmp_path / name)
    assert read_grey(tmp_path / "opaque.png")[1] is None
    grey, alpha = read_grey(tmp_path / "clear.png")
    np.testing.assert_array_equal(grey, luma)  # what is not to be seen keeps its luma
    np.testing.assert_array_equal(alpha, opacity)
