"""Photos as arrays: any file that Pillow reads, upright, RGB, with every bad file ending in one clear line."""

import glob
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mediakit.errors import InputError

MAX_PIXELS = 64_000_000
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")

Image.MAX_IMAGE_PIXELS = None  # the limit here is our own, checked before anything is decoded


class EmptyFolder(InputError):
    """A folder without photos; no error inside a folder that has some elsewhere."""


def read_photo(source: str | os.PathLike[str] | bytes | IO[bytes], *, size: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a photo as uint8 `[height, width, 3]`.

    Args:
        source: a path, a file's bytes, or an open binary file.
        size: squash to `size` x `size` pixels.
        max_pixels: larger photos are refused before they are decoded.

    Turned upright by EXIF; transparent parts are white; of an animation the first frame. Raises InputError for a file that is
    absent, empty, truncated, too large or no picture.
    """
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else "the photo on standard input" if hasattr(source, "read") else "the photo"
    try:
        if isinstance(source, str | os.PathLike):
            with open(source, "rb") as file:
                return _decode(file, size, max_pixels, name)
        return _decode(io.BytesIO(source if isinstance(source, bytes) else source.read()), size, max_pixels, name)
    except InputError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{name}: {_why_unidentified(source)}") from error
    except IsADirectoryError as error:
        raise InputError(f"{name}: is a folder") from error
    except PermissionError as error:
        raise InputError(f"{name}: may not be read (permission denied)") from error
    # Pillow's decoders raise whatever the broken bytes lead them to.
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise InputError(f"{name}: is damaged or cut short: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from error


def _decode(file: IO[bytes], size: int | None, max_pixels: int, name: str) -> np.ndarray:
    with Image.open(file) as picture:
        width, height = picture.size
        if width * height > max_pixels:
            raise InputError(f"{name}: {width} x {height} pixels are more than the limit of {max_pixels:,}; --max-pixels raises it")
        if size is not None:
            picture.draft("RGB", (2 * size, 2 * size))  # a JPEG is decoded at a fraction of its size
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        rgb = _to_rgb(upright)
        if size is not None and rgb.size != (size, size):
            rgb = rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
        return np.asarray(rgb)


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        values = np.asarray(picture, np.float32)
        # 16-bit pictures come as I;16 or, from PNG by older versions, as I; a float picture has 0..1 or 0..255.
        scale = 257.0 if picture.mode != "F" else 1.0 if values.max(initial=0) > 1 else 1 / 255
        return Image.fromarray(np.clip(values / scale, 0, 255).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        above = picture.convert("RGBA")
        white = Image.new("RGBA", above.size, "white")
        return Image.alpha_composite(white, above).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _why_unidentified(source: Any) -> str:
    empty = os.path.getsize(source) == 0 if isinstance(source, str | os.PathLike) else isinstance(source, bytes) and not source
    return "is empty" if empty else "is not a picture that can be read (JPEG, PNG, WebP, BMP, TIFF, GIF)"


def photo_from_array(array: np.ndarray, *, size: int | None = None) -> np.ndarray:
    """A photo uint8 `[height, width, 3]` from an array: uint8 or float in 0..1; `[h, w]`, `[h, w, 1]`, `[h, w, 3]` or `[h, w, 4]`."""
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
    """Photo files from paths, folders and glob patterns, in order; what cannot be found or holds none is an InputError among them."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            yield from _photos_in(path, recursive)
        elif not path.exists() and any(mark in given for mark in "*?["):
            matches = sorted(glob.glob(given, recursive=True))
            yield from [Path(match) for match in matches] or [InputError(f"{given}: no file matches")]
        else:
            yield path


def _photos_in(folder: Path, recursive: bool) -> Iterator[Path | InputError]:
    found = False
    try:
        with os.scandir(folder) as entries:
            names = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield InputError(f"{folder}: cannot be opened: {error.strerror}")
        return
    for entry in names:
        if entry.is_dir() and recursive:
            inside = [item for item in _photos_in(Path(entry.path), recursive) if not isinstance(item, EmptyFolder)]
            found = found or bool(inside)
            yield from inside
        elif entry.is_file() and entry.name.lower().endswith(SUFFIXES):
            found = True
            yield Path(entry.path)
    if not found:
        hint = "" if recursive or not any(entry.is_dir() for entry in names) else "; --recursive looks into its folders"
        yield EmptyFolder(f"{folder}: holds no photos ({', '.join(SUFFIXES)}){hint}")
