"""Colour images of more than 8 bits a channel, or in floating point, which Pillow reads cut to their high bytes or not at all."""

from typing import IO, NamedTuple

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from mediakit.errors import InputError

_WIDTH, _HEIGHT, _BITS, _COLOURS, _ORIENTATION = 256, 257, 258, 262, 274  # TIFF 6.0, section 8
_RGB = 2
_CANNOT = "holds colours of more than 8 bits in a way that cannot be read; save it with 8 bits per channel"


class DeepColour(NamedTuple):
    """What the header of an image of deep colours says: `size` is its width and height, `orientation` that of Exif."""

    size: tuple[int, int]
    orientation: int | None = None


def find(file: IO[bytes]) -> DeepColour | None:
    """What the header says of a PNG or TIFF of deep colours; None for any other file. The PNG's orientation is left open."""
    file.seek(0)
    head = file.read(26)
    file.seek(0)
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) == 26 and head[24] == 16 and head[25] in (2, 6):  # with and without alpha
        return DeepColour((int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")))
    if head.startswith((b"II*\0", b"MM\0*")):
        return _find_tiff(file, head)
    return None


def _find_tiff(file: IO[bytes], head: bytes) -> DeepColour | None:
    tags = ImageFileDirectory_v2(head[:8])
    try:
        file.seek(tags.next)
        tags.load(file)
        if tags.get(_COLOURS) == _RGB and max(tags.get(_BITS, (8,))) > 8:
            return DeepColour((int(tags[_WIDTH]), int(tags[_HEIGHT])), tags.get(_ORIENTATION))
    except Exception:  # a damaged directory makes Pillow raise all kinds of errors
        return None
    finally:
        file.seek(0)
    return None


def decode(file: IO[bytes]) -> np.ndarray:
    """The values of an image that `find` found, `[height, width, 3 | 4]`, by FFmpeg. Raises InputError if it cannot be decoded."""
    import av

    file.seek(0)
    kind = "png_pipe" if file.read(1) == b"\x89" else "tiff_pipe"
    file.seek(0)
    try:
        with av.open(file, "r", format=kind) as container:
            frame = next(container.decode(video=0))
            values = frame.to_ndarray()
    except (av.error.FFmpegError, StopIteration, ValueError) as error:  # ValueError: pixels that PyAV cannot convert
        raise InputError(f"is damaged, or {_CANNOT}") from error
    if values.ndim != 3 or values.shape[2] not in (3, 4):
        raise InputError(_CANNOT)
    return values
