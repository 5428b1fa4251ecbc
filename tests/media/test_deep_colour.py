"""Colours of more than 8 bits, or in floating point: all bits count, as in grey images, and the range is told where it is guessed."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest

from mediakit.errors import InputError, InputWarning
from mediakit.media.image import read_photo, read_square

COLOURS = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.float64)
COLOURS[0, 0] = 255


def tiff(values, orientation=1):
    """An uncompressed TIFF of `[height, width, 3]`, uint16 or float32."""
    height, width, _ = values.shape
    floating = values.dtype == np.float32
    pixels, bits = values.tobytes(), 8 * values.dtype.itemsize
    tags = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 8 + len(pixels)), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8)),
        *((274, 3, 1, orientation), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(pixels)), (339, 3, 1, 3 if floating else 1)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels) + 6) + pixels + struct.pack("<3H", bits, bits, bits) + directory


def png(values):
    """A PNG of uint16 `[height, width, 3 | 4]`."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2 if channels == 3 else 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    head = b"\x89PNG\r\n\x1a\n"
    return head + b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


@pytest.mark.parametrize(
    ("write", "scale", "kind", "told"),
    [
        (tiff, 257, np.uint16, None),
        (tiff, 16, np.uint16, "0..4095"),
        (tiff, 1 / 255, np.float32, None),
        (tiff, 257, np.float32, "0..65535"),
        (png, 257, np.uint16, None),
        (png, 16, np.uint16, "0..4095"),
    ],
)
def test_all_bits_count(write, scale, kind, told):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        photo = read_photo(write((COLOURS * scale).astype(kind)))
    assert np.abs(photo - COLOURS).max() <= 2
    notes = [str(one.message) for one in seen if one.category is InputWarning]
    assert notes == ([f"the photo: its values were taken to range over {told}"] if told else [])
    assert np.array_equal(read_square(tiff((COLOURS[:, :24] * 257).astype(np.uint16)), 24), COLOURS[:, :24])


def test_orientation_and_alpha():
    turned = read_photo(tiff((COLOURS * 257).astype(np.uint16), orientation=3))
    assert np.abs(turned - COLOURS[::-1, ::-1]).max() <= 1
    alpha = np.dstack([COLOURS * 257, np.zeros(COLOURS.shape[:2])]).astype(np.uint16)
    assert (read_photo(png(alpha)) == 255).all()


@pytest.mark.parametrize("write", [png, tiff])
def test_damaged_and_too_large_ones_are_refused(write):
    whole = write((COLOURS * 257).astype(np.uint16))
    with pytest.raises(InputError, match="32 x 24 pixels are more than the limit of 100"):
        read_photo(whole, max_pixels=100)
    with pytest.raises(InputError):
        read_photo(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="more than the limit"):  # known by its header alone
        read_photo(io.BytesIO(tiff((COLOURS / 255).astype(np.float32))), max_pixels=100)
