"""Images and animations as files: reading them back gives what was written."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from mediakit.errors import InputError
from mediakit.media.image_files import ANIMATION_WRITERS, IMAGE_WRITERS, to_image, write_animation, write_image


def disc(shift=0, size=16):
    """A green disc, RGBA, that moves to the right. Transparent pixels are red, which must not show."""
    rows, columns = np.indices((size, size))
    alpha = np.clip(5.5 - np.hypot(rows - 7.5, columns - 5.5 - shift), 0, 1)
    pixels = np.zeros((size, size, 4), np.uint8)
    pixels[..., :3] = np.where(alpha[..., None] > 0, (20, 200, 40), (255, 0, 0))
    pixels[..., 3] = 255 * alpha
    return pixels


def written(write, *args):
    file = io.BytesIO()
    write(*args[:1], file, *args[1:])
    file.seek(0)
    return file


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", IMAGE_WRITERS)
def test_an_image_is_read_back(kind, channels):
    pixels = disc()[..., :channels] if channels < 4 else disc()
    image = to_image(pixels)
    with Image.open(written(write_image, image, kind)) as read:
        if kind.startswith(".j"):
            assert read.mode == "RGB" and np.abs(np.asarray(read, int)[0, 0] - (255 if channels == 4 else pixels[0, 0])).max() < 20
        else:
            back = np.asarray(read.convert(image.mode)).reshape(pixels.shape)
            seen = pixels[..., 3:] > 0 if channels == 4 else True
            assert np.array_equal(back * seen, pixels * seen)


def test_enlarging_leaves_no_fringe_of_invisible_colours():
    large = np.asarray(to_image(disc(), 3), int)
    assert large.shape == (48, 48, 4)
    assert (large[large[..., 3] > 20][:, 0] < 60).all()  # no red
    white = np.asarray(to_image(disc(), 1, "white"))
    assert white.shape == (16, 16, 3) and tuple(white[0, 0]) == (255, 255, 255)


@pytest.mark.parametrize("kind", [".gif", ".webp"])
def test_an_animation_with_transparency_is_read_back(kind):
    frames = [to_image(disc(shift)) for shift in range(5)]
    with Image.open(written(write_animation, iter(frames), kind, 20)) as read:
        assert read.info["loop"] == 0 and read.n_frames == 5
        for frame, drawn in zip(ImageSequence.Iterator(read), frames, strict=True):
            back, expected = np.asarray(frame.convert("RGBA"), int), np.asarray(drawn, int)
            assert frame.info["duration"] == 50
            assert np.array_equal(back[..., 3] >= 128, expected[..., 3] >= 128)
            opaque = expected[..., 3] == 255
            assert np.abs(back - expected)[opaque].max() <= 8


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_film_on_white(tmp_path, channels):
    frames = [to_image(disc(shift, 16)[..., :channels] if channels < 4 else disc(shift), 4) for shift in range(6)]
    (tmp_path / "a.mp4").write_bytes(written(write_animation, iter(frames), ".mp4", 25).read())
    with av.open(tmp_path / "a.mp4") as film:
        [stream] = film.streams.video
        assert (stream.codec_context.name, stream.pix_fmt, stream.average_rate) == ("h264", "yuv420p", 25)
        first, *others = (frame.to_ndarray(format="rgb24") for frame in film.decode(stream))
    corner = {1: (255, 255, 255), 3: (255, 0, 0), 4: (255, 255, 255)}[channels]
    assert len(others) == 5 and first.shape == (64, 64, 3) and np.abs(first[2, 2].astype(int) - corner).max() < 40


def test_a_film_of_odd_size_gets_even_sides(tmp_path):
    (tmp_path / "a.mp4").write_bytes(written(write_animation, iter([to_image(disc(0, 15))]), ".mp4", 25).read())
    with av.open(tmp_path / "a.mp4") as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (16, 16)


@pytest.mark.parametrize("kind", ANIMATION_WRITERS)
def test_the_same_bytes_each_time(kind):
    one, other = (written(write_animation, [to_image(disc(shift), 4) for shift in range(4)], kind, 25).read() for _ in range(2))
    assert one == other and len(one) > 100


def test_many_colours_and_a_grey_gif():
    random = np.random.default_rng(0)
    busy = np.concatenate([random.integers(0, 256, (64, 64, 3)), np.full((64, 64, 1), 255)], axis=-1).astype(np.uint8)
    busy[:32, :32, 3] = 0
    for pixels in (busy, busy[..., :1]):
        frames = [to_image(pixels), to_image(pixels[::-1].copy())]
        with Image.open(written(write_animation, frames, ".gif", 25)) as read:
            back = np.asarray(read.convert("RGBA"))
            assert (back[..., 3] == (pixels[..., 3] if pixels.shape[2] == 4 else 255)).all()


@pytest.mark.parametrize("kind", ANIMATION_WRITERS)
def test_no_frames(kind):
    with pytest.raises(InputError, match="at least one frame"):
        write_animation([], io.BytesIO(), kind, 25)


def test_a_film_of_any_speed_in_a_file(tmp_path):
    with open(tmp_path / "film.mp4", "wb") as file:
        write_animation([Image.new("RGB", (16, 16), (i, 0, 0)) for i in range(24)], file, ".mp4", 24000 / 1001)
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].average_rate == Fraction(24000, 1001) and film.streams.video[0].frames == 24
