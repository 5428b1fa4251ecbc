"""Photos as arrays: any file that Pillow reads, upright and in RGB. Every bad file ends in a one-line InputError."""

import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO, Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from mediakit.errors import InputError, InputWarning, MediakitError, MissingExtra
from mediakit.media import deep_colour
from mediakit.media.photo_files import missing
from mediakit.media.pixel_range import to_eight_bits

ImageSource = str | os.PathLike[str] | bytes | IO[bytes] | Image.Image
MAX_PIXELS = 64_000_000
MOST_MISSING = 0.25  # of the rows of a JPEG that is cut short and read all the same
_END_OF_JPEG = b"\xff\xd9"
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

_opening = Lock()


def read_photo(source: ImageSource, *, size: int | None = None, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a photo as uint8 `[height, width, 3]`.

    The photo is turned upright by its EXIF orientation. Transparent parts become white. Of an animation, the first frame is
    read.

    Args:
        source: a path, a file's bytes, an open binary file, or a `PIL.Image`.
        size: resize to `size` x `size` pixels, ignoring the aspect ratio.
        max_pixels: larger photos are refused before they are decoded.

    Warns (InputWarning) of a JPEG that is cut short near its end, of values whose range had to be guessed, and of frames or pages
    that are left out. Raises InputError for a file that is missing, empty, truncated, too large or not an image.
    """
    with _loaded(source, "RGB", size, max_pixels, "; --max-pixels raises it") as (name, image, _):
        return _rgb_array(_upright(image), name, size)


def read_resized(source: ImageSource, size: int, *, max_pixels: int = MAX_PIXELS) -> tuple[np.ndarray, tuple[int, int]]:
    """Read a photo as uint8 `[size, size, 3]`, and the width and height that it has upright. Otherwise as `read_photo`."""
    with _loaded(source, "RGB", size, max_pixels, "; --max-pixels raises it") as (name, image, (width, height)):
        upright = _upright(image)
        if upright.size != image.size:  # a quarter turn
            width, height = height, width
        return _rgb_array(upright, name, size), (width, height)


def read_grey(source: ImageSource, *, max_pixels: int = MAX_PIXELS) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a photo's luma (ITU-R BT.601), uint8 `[height, width]`, and its opacity, of the same kind, or None where all is opaque.

    Otherwise as `read_photo`.
    """
    with _loaded(source, "L", None, max_pixels, "; --max-pixels raises it") as (name, image, _):
        upright = _eight_bits(_upright(image), name)
        if not upright.has_transparency_data:
            return np.asarray(upright.convert("L")), None
        with_alpha = upright.convert("RGBA")
        alpha = with_alpha.getchannel("A")
        opaque = alpha.getextrema() == (255, 255)
        return np.asarray(with_alpha.convert("RGB").convert("L")), None if opaque else np.asarray(alpha)


def _rgb_array(image: Image.Image, name: str, size: int | None) -> np.ndarray:
    """An upright image in RGB, of `size` x `size` pixels unless that is None."""
    rgb = _to_rgb(image, name)
    if size is not None and rgb.size != (size, size):
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(rgb)


def read_square(source: ImageSource, size: int, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image's central square as uint8 `[size, size, channels]`.

    A grey image has one channel, an RGB image three. An image with any transparency has four: RGB premultiplied by alpha, so
    that invisible colours do not bleed into visible ones, and alpha. Otherwise as `read_photo`.
    """
    with _loaded(source, None, size, max_pixels) as (name, image, _):
        square = _premultiplied(_central_square(_upright(image)), name)
        if square.size != (size, size):
            # The sharpest filter without negative lobes: ringing would leave a bright rim inside transparent edges.
            square = square.resize((size, size), Image.Resampling.HAMMING, reducing_gap=2.0)
    pixels = np.asarray(square)
    return pixels[..., None] if pixels.ndim == 2 else pixels


@contextmanager
def _loaded(
    source: ImageSource, mode: str | None, size: int | None, max_pixels: int, advice: str = ""
) -> Iterator[tuple[str, Image.Image, tuple[int, int]]]:
    """The image's name for messages, the decoded image, and the width and height that are stored in its file. Every error inside the
    block becomes an InputError.

    A JPEG is decoded in `mode` if it can be, and only as large as an image of `size` pixels needs.
    """

    def decode(opened: Image.Image) -> Image.Image:
        # Lets the JPEG decoder downscale, and leave colours out.
        opened.draft(mode, None if size is None else (2 * size, 2 * size))
        opened.load()
        return opened

    if isinstance(source, Image.Image):
        with _as_input_errors(name := getattr(source, "filename", "") or "the photo"):
            _check_size(source.size, max_pixels, advice)
            source.load()
            yield name, source, source.size
        return
    with _image_file(source) as (name, file), _opened(file, max_pixels, advice) as image:
        _warn_of_more_frames(image, name)
        size_in_file = image.size
        try:
            decode(image)
        except OSError as error:
            if image.format not in ("JPEG", "MPO") or "truncated" not in str(error):
                raise
        else:
            deep = _deep_colours(file, image, name)
            yield name, deep, size_in_file if deep is image else deep.size
            return
        file.seek(0)
        with _open(io.BytesIO(file.read() + _END_OF_JPEG)) as mended:
            _check_missing_rows(decode(mended), name)
            yield name, mended, size_in_file


@contextmanager
def _opened(file: IO[bytes], max_pixels: int, advice: str) -> Iterator[Image.Image]:
    """An image of which only the header has been read, if it is not too large; an empty one if only `deep_colour` can read the file."""
    found = deep_colour.find(file)
    if found:
        _check_size(found.size, max_pixels, advice)
    try:
        image = _open(file)
    except InputError:
        if not found:
            raise
        image = Image.new("RGB", (1, 1))
    with image:
        _check_size(image.size, max_pixels, advice)
        yield image


def _deep_colours(file: IO[bytes], image: Image.Image, name: str) -> Image.Image:
    """The image in 8 bits from all bits that its file has; the same one for a file of 8 bits."""
    found = deep_colour.find(file)
    if not found:
        return image
    values, guessed = to_eight_bits(deep_colour.decode(file))
    _warn_of_range(name, guessed)
    deep = Image.fromarray(values)
    deep.getexif()[ExifTags.Base.Orientation] = found.orientation or image.getexif().get(ExifTags.Base.Orientation, 1)
    return deep


def _check_missing_rows(image: Image.Image, name: str) -> None:
    """Warn of a JPEG whose last rows are missing, which the decoder left grey. Raises InputError if too many are."""
    present = np.flatnonzero((np.asarray(image.convert("RGB")) != 128).any(axis=(1, 2)))
    absent = 1 - (int(present[-1]) + 1 if len(present) else 0) / image.height
    if absent > MOST_MISSING:
        raise InputError(f"is damaged or cut short: {absent:.0%} of its rows are missing")
    detail = f"; the last {absent:.0%} of its rows are missing" if absent else ""
    warnings.warn(f"{name}: is cut short{detail}", InputWarning, stacklevel=2)


@contextmanager
def _image_file(source: Any) -> Iterator[tuple[str, IO[bytes]]]:
    """The image's name for messages, and its open file. Every error inside the block becomes an InputError."""
    name, file = _named(source)
    with _as_input_errors(name):
        if file is None:
            with open(name, "rb") as opened:
                yield name, opened
        else:
            yield name, file


@contextmanager
def _as_input_errors(name: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into an InputError that begins with the photo's name."""
    try:
        yield
    except MediakitError as error:
        raise InputError(f"{name}: {error}") from error
    except FileNotFoundError as error:
        raise missing(name) from error
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
        raise InputError(f"a photo is a path, bytes, an array, a PIL.Image or a binary file, not {type(source).__name__}")
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


def _open(file: IO[bytes]) -> Image.Image:
    """An image of which only the header has been read. Raises InputError for what is no image."""
    with _any_size():
        try:
            return Image.open(file)
        except UnidentifiedImageError as error:
            if not _is_heif(file):
                raise InputError(_why_unidentified(file)) from error
        _register_heif()
        return Image.open(file)


def _check_size(size: tuple[int, int], max_pixels: int, advice: str) -> None:
    width, height = size
    if width * height > max_pixels:
        raise InputError(f"{width} x {height} pixels are more than the limit of {max_pixels:,}{advice}")


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return head


def _is_heif(file: IO[bytes]) -> bool:
    head = _head(file)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS


def _register_heif() -> None:
    """Let Pillow open HEIC. Raises MissingExtra if the package for it is not installed."""
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra.of("heic", "pillow-heif") from error
    pillow_heif.register_heif_opener()


def _why_unidentified(file: IO[bytes]) -> str:
    head = _head(file)
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "is a TIFF of a kind that cannot be read; save it with 8 bits per channel"
    return "is not an image that can be read (JPEG, PNG, WebP, AVIF, TIFF, GIF, …)" if head else "is empty"


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF makes Pillow raise all kinds of errors; the image itself is intact
        return image


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    image = _eight_bits(image, name)
    if image.has_transparency_data:
        foreground = image.convert("RGBA")
        white = Image.new("RGB", foreground.size, "white")
        white.paste(foreground, mask=foreground)
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image, name: str) -> Image.Image:
    """A grey image of more than 8 bits or in floating point in 8 bits; any other image as it is."""
    if not (image.mode.startswith("I;16") or image.mode in ("I", "F")):
        return image
    values, guessed = to_eight_bits(np.asarray(image))
    _warn_of_range(name, guessed)
    return Image.fromarray(values)


def _warn_of_range(name: str, guessed: str | None) -> None:
    if guessed:
        warnings.warn(f"{name}: its values were taken to range over {guessed}", InputWarning, stacklevel=3)


def _warn_of_more_frames(image: Image.Image, name: str) -> None:
    """Warn of an animation and of a document of several pages. The further images of an MPO are previews and other views."""
    left_out = {"TIFF": "has several pages; the first was read"}
    left_out |= dict.fromkeys(("AVIF", "GIF", "PNG", "WEBP"), "is an animation; its first frame was read")
    try:
        several = image.format in left_out and getattr(image, "is_animated", False)
    except Exception:  # of a damaged second frame; the first one is intact
        return
    if several:
        warnings.warn(f"{name}: {left_out[image.format or '']}", InputWarning, stacklevel=3)


def _premultiplied(image: Image.Image, name: str) -> Image.Image:
    """The image in mode L or RGB, or in RGBa if any of it is transparent."""
    image = _eight_bits(image, name)
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
    image = _to_rgb(Image.fromarray(array[..., 0] if array.shape[2] == 1 else array), "the photo")
    if size is not None:
        image = image.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
