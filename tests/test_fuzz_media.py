"""No bytes make a reader of photos, films or music fail with anything but a MediakitError, nor take long, nor fill the memory.

`MEDIAKIT_FUZZ=10000 pytest tests/test_fuzz_media.py` tries so many inputs for each sample; by default it is a few.
"""

import io
import os
import resource
import sys
import time
import warnings
from contextlib import suppress
from fractions import Fraction

import numpy as np
import pytest
from fixtures_models import DATA
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mediakit.errors import MediakitError
from mediakit.media.image import read_photo, read_square
from mediakit.media.metadata import description, with_description
from mediakit.media.midi import Note, Score, Track, read_midi, write_midi
from mediakit.media.video import open_film

EXAMPLES = int(os.environ.get("MEDIAKIT_FUZZ", "8"))
MOST_SECONDS = 10  # of processor time for an input
MOST_MEMORY = 1 << 30  # bytes that all inputs may add to the process's highest

EXIF = Image.Exif()
EXIF[274], EXIF[270] = 6, "a photo"
PIXELS = np.random.default_rng(0).integers(0, 256, (24, 32, 4), np.uint8)
RGBA = Image.fromarray(PIXELS)
RGB, GREY = RGBA.convert("RGB"), RGBA.convert("L")
DEEP = Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 16)
FRAMES = {"save_all": True, "append_images": [RGB.rotate(90), RGB.rotate(180)], "duration": 40}
PHOTOS = {
    "jpeg": (RGB, "JPEG", {"exif": EXIF, "comment": b"c"}),
    "progressive": (RGB, "JPEG", {"progressive": True, "icc_profile": b"profile" * 9}),
    "cmyk": (RGB.convert("CMYK"), "JPEG", {}),
    "png": (RGBA, "PNG", {"exif": EXIF}),
    "palette": (RGB.quantize(16), "PNG", {"transparency": 3}),
    "deep": (DEEP, "PNG", {}),
    "tiff": (RGB, "TIFF", {"compression": "tiff_lzw"}),
    "deflate": (DEEP, "TIFF", {"compression": "tiff_adobe_deflate"}),
    "fax": (GREY.convert("1"), "TIFF", {"compression": "group4"}),
    "gif": (RGB, "GIF", FRAMES),
    "webp": (RGB, "WEBP", {"exif": EXIF}),
    "lossless": (RGBA, "WEBP", {"lossless": True}),
    "animation": (RGB, "WEBP", FRAMES),
    "avif": (RGB, "AVIF", {}),
    "heic": (RGB, "HEIF", {}),
    "jpeg2000": (RGB, "JPEG2000", {}),
    "bmp": (RGB, "BMP", {}),
    "tga": (RGBA, "TGA", {"compression": "tga_rle"}),
    "ppm": (RGB, "PPM", {}),
    "ico": (RGBA, "ICO", {}),
}
FILMS = {name: DATA / "films" / name for name in ("h264.mp4", "h264.mov", "h264.mkv", "mpeg4.avi", "vp9.webm", "av1.mp4", "sound.m4a")}


def photo(name):
    image, form, options = PHOTOS[name]
    if form == "HEIF":
        pytest.importorskip("pillow_heif", reason="HEIC needs the extra heic").register_heif_opener()
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def deep_photo(codec, pixels):
    """A colour photo of 16 bits a channel."""
    import av

    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *RGB.size, pixels, Fraction(1)
    frame = av.VideoFrame.from_ndarray(np.asarray(RGB), format="rgb24").reformat(format=pixels)
    return b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode()]))


def transport_stream(tmp_path):
    """The packets of a film in an MPEG transport stream."""
    import av

    path = tmp_path / "whole.ts"
    with av.open(str(FILMS["h264.mkv"])) as film, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return path.read_bytes()


def tune():
    file = io.BytesIO()
    write_midi(Score((Track("melody", (Note(0.0, 1.0, 60), Note(1.0, 2.0, 64))),), 100.0, beats=4.0), file)
    return file.getvalue()


def mutated(whole):
    """The bytes of a file with some of them changed, most often in its head, or cut out, repeated, or cut off."""
    place = st.integers(0, min(len(whole), 300)) | st.integers(0, len(whole))
    numbers = st.sampled_from([0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]).flatmap(
        lambda number: st.sampled_from([number.to_bytes(4, "big"), number.to_bytes(4, "little"), (number & 0xFFFF).to_bytes(2, "big")])
    )
    overwritten = st.tuples(place, st.binary(min_size=1, max_size=4) | numbers)
    moved = st.tuples(place, place, place)
    edits = st.lists(overwritten | moved, min_size=1, max_size=5)

    def apply(edits):
        content = whole
        for start, second, *third in edits:
            if not third:
                content = content[:start] + second + content[start + len(second) :]
            else:  # characters `second` to `third` come in place of those at `start`, or are cut out
                part = content[min(second, *third) : max(second, *third)][:2000]
                content = content[:start] + part + content[start + len(part) * (start % 2) :]
        return content

    cut = st.integers(0, len(whole)).map(lambda end: whole[:end])
    return st.one_of(edits.map(apply), edits.map(apply), edits.map(apply), cut)


def read_bytes_of_photo(content):
    for read in (read_photo, lambda content: read_square(content, 16), description, lambda content: with_description(content, "a dog")):
        with suppress(MediakitError):
            read(content)


def highest_memory():
    """The most bytes that this process has had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def fuzz(whole, read):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read(whole)
    before = highest_memory()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutated(whole))
    def attempt(content):
        start = time.process_time()
        with warnings.catch_warnings(), suppress(MediakitError):
            warnings.simplefilter("ignore")
            read(content)
        assert time.process_time() - start < MOST_SECONDS
        assert highest_memory() - before < MOST_MEMORY

    attempt()


@pytest.mark.parametrize("name", PHOTOS)
def test_any_bytes_are_a_photo_or_refused(name):
    fuzz(photo(name), read_bytes_of_photo)


@pytest.mark.parametrize(("codec", "pixels"), [("png", "rgb48be"), ("tiff", "rgb48le")])
def test_any_bytes_are_a_photo_of_deep_colours_or_refused(codec, pixels):
    fuzz(deep_photo(codec, pixels), read_bytes_of_photo)


@pytest.mark.parametrize("name", [*FILMS, "ts", "gif"])
def test_any_bytes_are_a_film_or_refused(name, tmp_path):
    def read(content):
        path = tmp_path / f"film{os.path.splitext(name)[1]}"
        path.write_bytes(content)
        with suppress(MediakitError), open_film(path) as film:
            list(film.moments(5))
        with suppress(MediakitError), open_film(path) as film:
            list(film.shots(3))

    fuzz({"ts": lambda: transport_stream(tmp_path), "gif": lambda: photo("gif")}.get(name, lambda: FILMS[name].read_bytes())(), read)


def test_any_bytes_are_music_or_refused():
    fuzz(tune(), read_midi)
