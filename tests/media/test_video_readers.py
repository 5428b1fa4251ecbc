"""Video files whose clock, streams or damage are unusual: what FFmpeg tells is used, not frame numbers."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from mediakit.errors import InputError
from mediakit.media.video import open_film

FILMS = Path(__file__).parents[1] / "data" / "films"
SIZE = (96, 64)


def write_film(path, times, codec="mpeg4", pixels="yuv420p", images=None, clock=1000, **options):
    """A film with a frame at each of these times in seconds."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream(codec, rate=10 if clock == 1000 else clock, options={"g": "10", **options})
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.codec_context.time_base = pixels, Fraction(1, clock)
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(noise(number) if images is None else images[number], format="rgb24")
            frame.pts, frame.time_base = round(clock * time), Fraction(1, clock)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def noise(seed):
    return np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def times_of(path, count=8):
    with open_film(path) as film:
        return [round(moment.seconds, 2) for moment in film.moments(count)], film


@pytest.mark.parametrize("start", [0, 60, 36_000])
@pytest.mark.parametrize("kind", ["mkv", "nut"])
def test_times_count_from_the_start_of_the_stream(tmp_path, start, kind):
    times, film = times_of(write_film(tmp_path / f"film.{kind}", start + np.arange(0, 6, 0.1)))
    assert film.seconds == pytest.approx(6, abs=0.15) and film.shortfall is None
    assert len(times) == 8 and times[0] < 1 and times[-1] > 5


def test_moments_are_spread_by_the_clock_not_by_frames(tmp_path):
    """A screen recording: a frame when something moves."""
    times, film = times_of(write_film(tmp_path / "film.mkv", [*np.arange(0, 2, 0.1), *range(3, 900, 3)]), 10)
    assert len(times) == 10 and film.shortfall is None
    np.testing.assert_allclose(np.diff(times), 90, atol=5)


def test_a_gif_without_its_end_is_told_of(tmp_path):
    frames = [Image.fromarray(noise(number)) for number in range(8)]
    whole, cut = tmp_path / "whole.gif", tmp_path / "cut.gif"
    frames[0].save(whole, save_all=True, append_images=frames[1:], duration=100)
    content = whole.read_bytes()
    between_frames = [place for place in range(len(content)) if content.startswith(b"\0\x21\xf9\x04", place)][-3] + 1
    cut.write_bytes(content[:between_frames])
    assert times_of(whole)[1].shortfall is None
    times, film = times_of(cut)
    assert len(times) == 5 and film.shortfall == "is cut short: its end is missing"
    cut.write_bytes(content + bytes(100))
    assert times_of(cut)[1].shortfall is None


def test_frames_that_would_fill_the_memory_are_refused(tmp_path, monkeypatch):
    path = write_film(tmp_path / "film.mp4", np.arange(0, 2, 0.1))
    monkeypatch.setattr("mediakit.media.video_readers.MAX_PIXELS", 1000)
    with pytest.raises(InputError, match="frames of 96 x 64 pixels are more than the limit of 1,000"):
        open_film(path)


def test_a_codec_that_nobody_knows_is_one_clear_line(tmp_path):
    path = write_film(tmp_path / "film.avi", np.arange(0, 2, 0.1))
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZ9"))
    with pytest.raises(InputError, match="its video stream has a codec that FFmpeg does not know"):
        open_film(path)


def test_a_frame_that_cannot_be_decoded_does_not_end_the_film(tmp_path):
    content = bytearray((FILMS / "h264.mp4").read_bytes())
    with av.open(str(FILMS / "h264.mp4")) as film:
        [*packets] = film.demux(video=0)
    for packet in packets[12:14]:
        content[packet.pos : packet.pos + 4] = b"\xff" * 4  # the length of its first unit
    (tmp_path / "film.mp4").write_bytes(content)
    times, film = times_of(tmp_path / "film.mp4", 20)
    assert len(times) >= 18 and times[-1] > 3.5
    assert film.shortfall == "is damaged: 2 of its frames could not be decoded"


def test_a_cover_image_is_not_the_film(tmp_path):
    with av.open(str(tmp_path / "film.mov"), "w") as film:
        cover, main = film.add_stream("mjpeg", rate=10), film.add_stream("mpeg4", rate=10)
        for stream, pixels in ((cover, "yuvj420p"), (main, "yuv420p")):
            stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        film.mux([*cover.encode(av.VideoFrame.from_ndarray(noise(99), format="rgb24")), *cover.encode(None)])
        for number in range(30):
            film.mux(main.encode(av.VideoFrame.from_ndarray(noise(number), format="rgb24")))
        film.mux(main.encode(None))
    times, _ = times_of(tmp_path / "film.mov", 5)
    assert len(times) == 5


MATRICES = {
    "turned": ([0, 1, -1, 0], lambda pixels: np.rot90(pixels, -1)),
    "upside down": ([-1, 0, 0, -1], lambda pixels: pixels[::-1, ::-1]),
    "mirrored": ([-1, 0, 0, 1], lambda pixels: pixels[:, ::-1]),
    "flipped": ([1, 0, 0, -1], lambda pixels: pixels[::-1]),
}


@pytest.mark.parametrize("name", MATRICES)
def test_frames_are_upright(tmp_path, name):
    (a, b, c, d), turn = MATRICES[name]
    content = bytearray((FILMS / "h264.mp4").read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    values = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in values)
    (tmp_path / "film.mp4").write_bytes(content)
    [plain, upright] = (frame_of(path) for path in (FILMS / "h264.mp4", tmp_path / "film.mp4"))
    np.testing.assert_array_equal(upright, turn(plain))


def frame_of(path):
    with open_film(path) as film:
        return next(film.moments(2)).frame


def test_interlaced_frames_have_no_comb(tmp_path):
    """A bar that moves between the two fields: without deinterlacing its edges alternate line by line."""
    images = []
    for number in range(20):
        pixels = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
        for field in range(2):
            left = 8 + 3 * number + 12 * field
            pixels[field::2, left : left + 20] = (200, 120, 60)
        pixels[:8] = 90
        images.append(pixels)
    path = write_film(tmp_path / "film.mkv", np.arange(20) / 25, "mpeg2video", images=images, clock=25, flags="+ildct+ilme", b="4000000")
    with open_film(path) as film:
        frames = [moment.frame.astype(int) for moment in film.moments(4)]
    assert len(frames) == 4
    comb = max(np.abs(np.diff(frame[16:], axis=0)).mean() for frame in frames)
    assert comb < 5


def test_a_still_image_is_not_a_film(tmp_path):
    with pytest.raises(Exception, match="is not a video"):
        times_of(Path(__file__).parents[2] / "samples" / "cat.jpg")
