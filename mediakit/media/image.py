"""Photos as arrays: any file that Pillow reads, upright and in RGB. Every bad file ends in a one-line InputError."""

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
    """A folder without photos. It is no error for a subfolder of one that has photos elsewhere."""


def read_photo(source: str | os.PathLike[str] | bytes | IO[bytes], *, size: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a photo as uint8 `[height, width, 3]`.

    The photo is turned upright by its EXIF orientation. Transparent parts become white. Of an animation, the first frame is
    read.

    Args:
        source: a path, a file's bytes, or an open binary file.
        size: resize to `size` x `size` pixels, ignoring the aspect ratio.
        max_pixels: larger photos are refused before they are decoded.

    Raises InputError for a file that is missing, empty, truncated, too large or not an image.
    """
    with _image_file(source) as (name, file), _open(file, name, max_pixels, "; --max-pixels raises it") as image:
        if size is not None:
            image.draft("RGB", (2 * size, 2 * size))  # lets the JPEG decoder downscale
        image.load()
        rgb = _to_rgb(_upright(image))
        if size is not None and rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return np.asarray(rgb)


def read_square(source: str | os.PathLike[str] | bytes | IO[bytes], size: int, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image's central square as uint8 `[size, size, channels]`.

    A grey image has one channel, an RGB image three. An image with any transparency has four: RGB premultiplied by alpha, so
    that invisible colours do not bleed into visible ones, and alpha. Otherwise as `read_photo`.
    """
    with _image_file(source) as (name, file), _open(file, name, max_pixels) as image:
        image.draft(None, (2 * size, 2 * size))
        image.load()
        square = _premultiplied(_central_square(_upright(image)))
        if square.size != (size, size):
            # The sharpest filter without negative lobes: ringing would leave a bright rim inside transparent edges.
            square = square.resize((size, size), Image.Resampling.HAMMING, reducing_gap=2.0)
    pixels = np.asarray(square)
    return pixels[..., None] if pixels.ndim == 2 else pixels


@contextmanager
def _image_file(source: Any) -> Iterator[tuple[str, IO[bytes]]]:
    """The image's name for messages, and its open file. Every error inside the block becomes an InputError."""
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
        raise InputError(f"{name}: is a folder, not an image file") from error
    except PermissionError as error:
        raise InputError(f"{name}: cannot be read (permission denied)") from error
    # Pillow's decoders raise all kinds of errors on broken data.
    except Exception as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"{name}: is damaged or cut short: {why}") from error


def _named(source: Any) -> tuple[str, IO[bytes] | None]:
    """The photo's name for messages, and its bytes as a file unless the source is a path."""
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source), None
    if isinstance(source, bytes | bytearray | memoryview):
        return "the photo", io.BytesIO(source)
    if not hasattr(source, "read"):
        raise InputError(f"a photo is a path, bytes, an array or a binary file, not {type(source).__name__}")
    content = source.read()
    if isinstance(content, str):
        raise InputError("the photo's file is open in text mode; open it in binary mode")
    named = getattr(source, "name", None)
    return named if isinstance(named, str) else "the photo on standard input", io.BytesIO(content)


@contextmanager
def _any_size() -> Iterator[None]:
    """Suspend Pillow's own limit, which is global to the process, while a header is read."""
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _open(file: IO[bytes], name: str, max_pixels: int, advice: str = "") -> Image.Image:
    """An image of which only the header has been read. Raises InputError when it is too large."""
    with _any_size():
        image = Image.open(file)
    width, height = image.size
    if width * height > max_pixels:
        image.close()
        raise InputError(f"{name}: {width} x {height} pixels are more than the limit of {max_pixels:,}{advice}")
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF makes Pillow raise all kinds of errors; the image itself is intact
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    image = _eight_bits(image)
    if image.has_transparency_data:
        foreground = image.convert("RGBA")
        white = Image.new("RGBA", foreground.size, "white")
        return Image.alpha_composite(white, foreground).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit or floating-point grey image in 8 bits; any other image as it is."""
    if not (image.mode.startswith("I;16") or image.mode in ("I", "F")):
        return image
    values = np.asarray(image, np.float32)
    # 16-bit images have mode I;16 or, from PNG in older Pillow versions, I. Floating-point images have values to 1 or to 255.
    scale = 257.0 if image.mode != "F" else 1.0 if values.max(initial=0) > 1 else 1 / 255
    return Image.fromarray(np.clip(values / scale, 0, 255).astype(np.uint8))


def _premultiplied(image: Image.Image) -> Image.Image:
    """The image in mode L or RGB, or in RGBa if any of it is transparent."""
    image = _eight_bits(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() != (255, 255):
            return rgba.convert("RGBa")
        return rgba.convert("L" if image.mode == "LA" else "RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _central_square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _why_unidentified(source: str | IO[bytes]) -> str:
    size = os.path.getsize(source) if isinstance(source, str) else source.seek(0, io.SEEK_END)
    return "is not an image that can be read (JPEG, PNG, WebP, BMP, TIFF, GIF)" if size else "is empty"


def photo_from_array(array: np.ndarray, *, size: int | None = None) -> np.ndarray:
    """A photo uint8 `[height, width, 3]` from an array.

    Args:
        array: uint8, or floating point in 0..1; `[height, width]`, or with 1, 3 or 4 channels last, the fourth being alpha.
        size: as in `read_photo`.

    Raises InputError for any other array.
    """
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or not array.size:
        raise InputError(f"an array of shape {list(array.shape)} is not a photo; expected [height, width], or with 1, 3 or 4 channels last")
    if np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise InputError("a floating-point photo must have values in 0..1")
        array = (array * 255 + 0.5).astype(np.uint8)
    if array.dtype != np.uint8:
        raise InputError(f"a photo must be uint8 or floating point in 0..1, not {array.dtype}")
    image = _to_rgb(Image.fromarray(array[..., 0] if array.shape[2] == 1 else array))
    if size is not None:
        image = image.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)


def find_photos(paths: Iterable[str], recursive: bool = False) -> Iterator[Path | InputError]:
    """Photo files from paths, folders and glob patterns, in order.

    A pattern without matches, a folder without photos and an unreadable folder each yield an InputError. Files are not opened:
    a missing file or one that is not a photo shows when it is read.
    """
    for path in paths:
        if os.path.lexists(path) or not any(mark in path for mark in "*?["):
            yield from _expand(path, recursive)
            continue
        matches = sorted(glob.glob(path, recursive=True))
        if not matches:
            yield InputError(f"{path}: no file matches")
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
        if recursive and entry.is_dir(follow_symlinks=False):  # a link could form a cycle
            inside = [item for item in _photos_in(Path(entry.path), recursive) if not isinstance(item, EmptyFolder)]
            found = found or bool(inside)
            yield from inside
        elif entry.is_file() and entry.name.lower().endswith(SUFFIXES):
            found = True
            yield Path(entry.path)
    if not found:
        hint = "" if recursive or not any(entry.is_dir() for entry in names) else "; --recursive searches its subfolders"
        yield EmptyFolder(f"{folder}: holds no photos ({', '.join(SUFFIXES)}){hint}")
