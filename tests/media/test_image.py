"""Photos in every format, and files that are not photos."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediakit.errors import InputError
from mediakit.media.image import find_photos, photo_from_array, read_photo


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


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    photo = read_photo(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert photo[0, 0].tolist() == [255, 0, 0]


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


def test_finding(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "none").mkdir()
    for name in ("b.JPG", "a.png", "notes.txt", "inner/c.webp"):
        (tmp_path / name).write_bytes(b"x")

    def names(*paths, recursive=False):
        return [item if isinstance(item, InputError) else item.name for item in find_photos([str(p) for p in paths], recursive)]

    assert names(tmp_path) == ["a.png", "b.JPG"]
    assert names(tmp_path, recursive=True) == ["a.png", "b.JPG", "c.webp"]
    assert names(tmp_path / "*.png") == ["a.png"]
    assert names(tmp_path / "absent.jpg") == ["absent.jpg"]
    [empty] = names(tmp_path / "none")
    assert "holds no photos" in str(empty)
    [nothing] = names(tmp_path / "*.bmp")
    assert "no file matches" in str(nothing)


def test_a_pattern_may_match_a_folder(tmp_path):
    (tmp_path / "trip").mkdir()
    (tmp_path / "trip" / "a.png").write_bytes(b"x")
    assert [item.name for item in find_photos([str(tmp_path / "tr*")])] == ["a.png"]


def test_an_existing_name_is_not_a_pattern(tmp_path):
    (tmp_path / "a[1].png").write_bytes(b"x")
    assert [item.name for item in find_photos([str(tmp_path / "a[1].png")])] == ["a[1].png"]


def test_cyclic_links_end(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [item.name for item in find_photos([str(tmp_path)], recursive=True)] == ["a.png"]


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
