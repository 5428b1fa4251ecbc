"""Photos as arrays: any file that Pillow reads, upright, RGB, with every bad file ending in one clear line."""

import glob
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mediakit.errors import InputError

MAX_PIXELS = 64_000_000
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")

_opening = Lock()


class EmptyFolder(InputError):
    """A folder without photos; no error inside a folder that has some elsewhere."""


def read_photo(source: str | os.PathLike[str] | bytes | IO[bytes], *, size: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a photo as uint8 `[height, width, 3]`.

    Args:
        source: a path, a file's bytes, or an open binary file.
        size: squash to `size` x `size` pixels.
        max_pixels: larger photos are refused before they are decoded.

    Turned upright by EXIF; transparent parts are white; of an animation the first frame. Raises InputError for a file
    that is absent, empty, truncated, too large or no picture.
    """
    with _picture_file(source) as (name, file), _open(file, name, max_pixels, "; --max-pixels raises it") as picture:
        if size is not None:
            picture.draft("RGB", (2 * size, 2 * size))  # a JPEG is decoded at a fraction of its size
        picture.load()
        rgb = _to_rgb(_upright(picture))
        if size is not None and rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return np.asarray(rgb)


def read_square(source: str | os.PathLike[str] | bytes | IO[bytes], size: int, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read the square in a picture's middle as uint8 `[size, size, channels]`.

    One channel if the picture is grey, three if it is RGB, four if any of it is transparent: RGB multiplied by alpha, then
    alpha, so that no colour bleeds in from where nothing is to be seen. Otherwise as `read_photo`.
    """
    with _picture_file(source) as (name, file), _open(file, name, max_pixels) as picture:
        picture.draft(None, (2 * size, 2 * size))
        picture.load()
        square = _premultiplied(_centre(_upright(picture)))
        if square.size != (size, size):
            # The sharpest filter without negative lobes: one that swings past an edge would leave a bright rim inside it.
            square = square.resize((size, size), Image.Resampling.HAMMING, reducing_gap=2.0)
    pixels = np.asarray(square)
    return pixels[..., None] if pixels.ndim == 2 else pixels


@contextmanager
def _picture_file(source: Any) -> Iterator[tuple[str, IO[bytes]]]:
    """What to call a picture in messages, and its open file; whatever goes wrong inside becomes an InputError."""
    name, file = _named(source)
    try:
        if file is None:
            with open(name, "rb") as opened:
                yield name, opened
        else:
            yield name, file
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name}: {_why_unidentified(file or name)}") from error
    except IsADirectoryError as error:
        raise InputError(f"{name}: is a folder") from error
    except PermissionError as error:
        raise InputError(f"{name}: may not be read (permission denied)") from error
    # Pillow's decoders raise whatever the broken bytes lead them to.
    except Exception as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{name}: is damaged or cut short: {why}") from error


def _named(source: Any) -> tuple[str, IO[bytes] | None]:
    """What to call a photo in messages, and its bytes as a file unless it is a path."""
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source), None
    if isinstance(source, bytes | bytearray | memoryview):
        return "the photo", io.BytesIO(source)
    if not hasattr(source, "read"):
        raise InputError(f"a photo is a path, bytes, an array or a binary file, not {type(source).__name__}")
    content = source.read()
    if isinstance(content, str):
        raise InputError("the photo's file is open as text; open it as binary")
    named = getattr(source, "name", None)
    return named if isinstance(named, str) else "the photo on standard input", io.BytesIO(content)


@contextmanager
def _any_size() -> Iterator[None]:
    """Pillow's own limit is one number for the whole process: set aside while a header is read, and put back."""
    with _opening:
        kept, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = kept


def _open(file: IO[bytes], name: str, max_pixels: int, advice: str = "") -> Image.Image:
    """A picture of which the header is read, and no more."""
    with _any_size():
        picture = Image.open(file)
    width, height = picture.size
    if width * height > max_pixels:
        picture.close()
        raise InputError(f"{name}: {width} x {height} pixels are more than the limit of {max_pixels:,}{advice}")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # damaged EXIF, for which Pillow raises many things; the photo itself is whole
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    picture = _eight_bits(picture)
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        white = Image.new("RGBA", above.size, "white")
        return Image.alpha_composite(white, above).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> Image.Image:
    """A grey picture of 16 bits or of floating-point numbers with 8 bits; any other as it is."""
    if not (picture.mode.startswith("I;16") or picture.mode in ("I", "F")):
        return picture
    values = np.asarray(picture, np.float32)
    # 16-bit pictures come as I;16 or, from PNG by older versions, as I; a float picture has 0..1 or 0..255.
    scale = 257.0 if picture.mode != "F" else 1.0 if values.max(initial=0) > 1 else 1 / 255
    return Image.fromarray(np.clip(values / scale, 0, 255).astype(np.uint8))


def _premultiplied(picture: Image.Image) -> Image.Image:
    """The picture as L, RGB, or RGBa where any of it is transparent."""
    picture = _eight_bits(picture)
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        if above.getchannel("A").getextrema() != (255, 255):
            return above.convert("RGBa")
        return above.convert("L" if picture.mode == "LA" else "RGB")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _centre(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def _why_unidentified(source: str | IO[bytes]) -> str:
    size = os.path.getsize(source) if isinstance(source, str) else source.seek(0, io.SEEK_END)
    return "is not a picture that can be read (JPEG, PNG, WebP, BMP, TIFF, GIF)" if size else "is empty"


def photo_from_array(array: np.ndarray, *, size: int | None = None) -> np.ndarray:
    """A photo uint8 `[height, width, 3]` from an array.

    The array is uint8 or float in 0..1, `[height, width]` or with 1, 3 or 4 channels last; the fourth is opacity.
    `size` squashes as in `read_photo`. Raises InputError for any other.
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise InputError(f"an array of shape {list(array.shape)} is not a photo: wanted [height, width], or with 1, 3 or 4 channels last")
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise InputError("a photo of floating-point numbers must lie in 0..1")
        array = (array * 255 + 0.5).astype(np.uint8)
    if array.dtype != np.uint8:
        raise InputError(f"a photo must be uint8 or floating point in 0..1, not {array.dtype}")
    picture = _to_rgb(Image.fromarray(array[..., 0] if array.shape[2] == 1 else array))
    if size is not None:
        picture = picture.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(picture)


def find_photos(paths: Iterable[str], recursive: bool = False) -> Iterator[Path | InputError]:
    """Photo files from paths, folders and glob patterns, in order.

    A pattern that matches nothing, or a folder without photos or that cannot be opened, is an InputError among them.
    Whether a path's file is there, and is a photo, shows when it is read.
    """
    for given in paths:
        if os.path.lexists(given) or not any(mark in given for mark in "*?["):
            yield from _expand(given, recursive)
            continue
        matches = sorted(glob.glob(given, recursive=True))
        if not matches:
            yield InputError(f"{given}: no file matches")
        for match in matches:
            yield from _expand(match, recursive)


def _expand(path: str, recursive: bool) -> Iterator[Path | InputError]:
    if os.path.isdir(path):
        yield from _photos_in(Path(path), recursive)
    else:
        yield Path(path)


def _photos_in(folder: Path, recursive: bool) -> Iterator[Path | InputError]:
    found = False
    try:
        with os.scandir(folder) as entries:
            names = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield InputError(f"{folder}: cannot be opened: {error.strerror}")
        return
    for entry in names:
        if recursive and entry.is_dir(follow_symlinks=False):  # a link could lead round in circles
            inside = [item for item in _photos_in(Path(entry.path), recursive) if not isinstance(item, EmptyFolder)]
            found = found or bool(inside)
            yield from inside
        elif entry.is_file() and entry.name.lower().endswith(SUFFIXES):
            found = True
            yield Path(entry.path)
    if not found:
        hint = "" if recursive or not any(entry.is_dir() for entry in names) else "; --recursive looks into its folders"
        yield EmptyFolder(f"{folder}: holds no photos ({', '.join(SUFFIXES)}){hint}")
