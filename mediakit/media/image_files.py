"""Drawn pictures as files: PNG, WebP, JPEG; moving ones as GIF, WebP, MP4.

The same pictures always give the same bytes.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from mediakit.errors import InputError

# What the browsers play, then what every OpenCV can write.
_CODECS = ("vp09", "mp4v")
_NOTHING = 255  # the palette's entry for what is transparent in a GIF
Animation = Iterable[Image.Image]


def to_image(pixels: np.ndarray, times: int = 1, paper: str | None = None) -> Image.Image:
    """A picture uint8 `[height, width, 1 | 3 | 4]` with straight alpha, so many times as large.

    `paper` is the colour that is seen through transparent parts; None leaves them transparent.
    """
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if times > 1:
        picture = picture.resize((picture.width * times, picture.height * times), Image.Resampling.BICUBIC)
    return _on(picture, paper) if paper else picture


def write_image(picture: Image.Image, file: IO[bytes], kind: str) -> None:
    """Write a picture; `kind` is a key of IMAGE_WRITERS, a file's ending."""
    IMAGE_WRITERS[kind](picture, file)


def write_animation(frames: Animation, file: IO[bytes], kind: str, fps: int) -> None:
    """Write pictures of one size as an animation that goes on for ever, where the format can say so.

    Args:
        frames: read one after the other; a GIF or WebP keeps them, compressed or with a palette, till the end.
        kind: a key of ANIMATION_WRITERS, a file's ending.
        fps: pictures a second; a GIF counts in hundredths of a second and takes the nearest.
    """
    ANIMATION_WRITERS[kind](frames, file, fps)


def _write_png(picture: Image.Image, file: IO[bytes]) -> None:
    picture.save(file, "PNG")


def _write_webp(picture: Image.Image, file: IO[bytes]) -> None:
    picture.save(file, "WEBP", lossless=True)


def _write_jpeg(picture: Image.Image, file: IO[bytes]) -> None:
    _on(picture, "white").save(file, "JPEG", quality=95)


def _animate_gif(frames: Animation, file: IO[bytes], fps: int) -> None:
    first, others = _split(map(_with_palette, frames))
    first.save(file, "GIF", save_all=True, append_images=others, duration=10 * max(1, round(100 / fps)), loop=0, disposal=2, optimize=False)


def _animate_webp(frames: Animation, file: IO[bytes], fps: int) -> None:
    first, others = _split(iter(frames))
    first.save(file, "WEBP", save_all=True, append_images=others, duration=round(1000 / fps), loop=0, lossless=True, quality=50)


def _animate_mp4(frames: Animation, file: IO[bytes], fps: int) -> None:
    import cv2

    first, others = _split(iter(frames))
    with tempfile.TemporaryDirectory() as folder:  # OpenCV writes to a path only
        path = Path(folder) / "frames.mp4"
        writers = (cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, first.size) for codec in _CODECS)
        writer = next((writer for writer in writers if writer.isOpened()), None)
        if writer is None:
            raise InputError("this OpenCV cannot write MP4: take .gif or .webp")
        for frame in chain((first,), others):
            writer.write(np.asarray(_on(frame, "white"))[..., ::-1])
        writer.release()
        with open(path, "rb") as written:
            shutil.copyfileobj(written, file)


def _with_palette(picture: Image.Image) -> Image.Image:
    """A picture in 255 colours of its own, and one more that is transparent: where it is more so than not."""
    if "A" not in picture.getbands():
        return picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    hidden = np.asarray(picture.getchannel("A")) < 128
    colours = picture.convert("RGB").quantize(_NOTHING, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    known = colours.getpalette() or []
    colours.putpalette(known + [0] * (3 * (_NOTHING + 1) - len(known)))
    colours.paste(_NOTHING, mask=Image.fromarray(hidden))
    colours.info["transparency"] = _NOTHING
    return colours


def _on(picture: Image.Image, paper: str) -> Image.Image:
    if "A" in picture.getbands():
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, paper), picture.convert("RGBA"))
    return picture.convert("RGB")


def _split(frames: Iterator[Image.Image]) -> tuple[Image.Image, Iterator[Image.Image]]:
    first = next(frames, None)
    if first is None:
        raise InputError("an animation of no pictures was asked for")
    return first, frames


IMAGE_WRITERS: dict[str, Callable[[Image.Image, IO[bytes]], None]] = {
    ".png": _write_png,
    ".webp": _write_webp,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
}
ANIMATION_WRITERS: dict[str, Callable[[Animation, IO[bytes], int], Any]] = {
    ".gif": _animate_gif,
    ".webp": _animate_webp,
    ".mp4": _animate_mp4,
}
