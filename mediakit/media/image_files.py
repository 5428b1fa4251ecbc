"""Images written as files: PNG, WebP and JPEG, and animations as GIF, WebP and MP4.

The same images always give the same bytes.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import IO, Any

import numpy as np
from PIL import Image

from mediakit.errors import InputError

_TRANSPARENT = 255  # the palette index of transparent pixels in a GIF
Animation = Iterable[Image.Image]


def to_image(pixels: np.ndarray, scale: int = 1, background: str | None = None) -> Image.Image:
    """An image from uint8 `[height, width, 1 | 3 | 4]` with straight alpha, enlarged `scale` times.

    `background` is the colour behind transparent parts; None keeps them transparent.
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if scale > 1:
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
    return _flatten(image, background) if background else image


def write_image(image: Image.Image, file: IO[bytes], kind: str) -> None:
    """Write an image; `kind` is a suffix from IMAGE_WRITERS."""
    IMAGE_WRITERS[kind](image, file)


def write_animation(frames: Animation, file: IO[bytes], kind: str, fps: float) -> None:
    """Write images of one size as an animation, which loops for ever where the format allows it.

    Args:
        frames: consumed one at a time; GIF and WebP keep all of them in memory, compressed or with a palette, until the end.
        kind: a suffix from ANIMATION_WRITERS.
        fps: frames per second; a GIF takes the nearest multiple of a hundredth of a second.

    Raises InputError when there are no frames.
    """
    ANIMATION_WRITERS[kind](frames, file, fps)


def _write_png(image: Image.Image, file: IO[bytes]) -> None:
    image.save(file, "PNG")


def _write_webp(image: Image.Image, file: IO[bytes]) -> None:
    image.save(file, "WEBP", lossless=True)


def _write_jpeg(image: Image.Image, file: IO[bytes]) -> None:
    _flatten(image, "white").save(file, "JPEG", quality=95)


def _animate_gif(frames: Animation, file: IO[bytes], fps: float) -> None:
    first, others = _split(map(_with_palette, frames))
    first.save(file, "GIF", save_all=True, append_images=others, duration=10 * max(1, round(100 / fps)), loop=0, disposal=2, optimize=False)


def _animate_webp(frames: Animation, file: IO[bytes], fps: float) -> None:
    first, others = _split(iter(frames))
    first.save(file, "WEBP", save_all=True, append_images=others, duration=round(1000 / fps), loop=0, lossless=True, quality=50)


def _animate_mp4(frames: Animation, file: IO[bytes], fps: float) -> None:
    """H.264 with 4:2:0 chroma, the profile that browsers and QuickTime play; its sides are even."""
    import av

    first, others = _split(iter(frames))
    content = file if file.seekable() else io.BytesIO()  # a pipe cannot seek back to the lengths
    with av.open(content, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001), options={"crf": "18"})
        stream.width, stream.height = (side + side % 2 for side in first.size)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1  # the bytes depend on it
        for image in chain((first,), others):
            pixels = np.asarray(_flatten(image, "white"))
            pixels = np.pad(pixels, ((0, stream.height - image.height), (0, stream.width - image.width), (0, 0)), mode="edge")
            film.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        film.mux(stream.encode(None))
    if isinstance(content, io.BytesIO) and content is not file:
        file.write(content.getvalue())


def _with_palette(image: Image.Image) -> Image.Image:
    """The image in its own palette of 256 colours, one of which stands for pixels that are more transparent than opaque."""
    if "A" not in image.getbands():
        return image.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    hidden = np.asarray(image.getchannel("A")) < 128
    colours = image.convert("RGB").quantize(_TRANSPARENT, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = colours.getpalette() or []
    colours.putpalette(palette + [0] * (3 * (_TRANSPARENT + 1) - len(palette)))
    colours.paste(_TRANSPARENT, mask=Image.fromarray(hidden))
    colours.info["transparency"] = _TRANSPARENT
    return colours


def _flatten(image: Image.Image, background: str) -> Image.Image:
    """The image in RGB, composited on a background colour."""
    if "A" in image.getbands():
        image = Image.alpha_composite(Image.new("RGBA", image.size, background), image.convert("RGBA"))
    return image.convert("RGB")


def _split(frames: Iterator[Image.Image]) -> tuple[Image.Image, Iterator[Image.Image]]:
    first = next(frames, None)
    if first is None:
        raise InputError("an animation needs at least one frame")
    return first, frames


IMAGE_WRITERS: dict[str, Callable[[Image.Image, IO[bytes]], None]] = {
    ".png": _write_png,
    ".webp": _write_webp,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
}
ANIMATION_WRITERS: dict[str, Callable[[Animation, IO[bytes], float], Any]] = {
    ".gif": _animate_gif,
    ".webp": _animate_webp,
    ".mp4": _animate_mp4,
}
