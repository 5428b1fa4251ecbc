"""What `mediakit synthesize` draws: sheets of seeds, of mixtures, and walks. All is planned before anything is drawn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError
from mediakit.media.image_grid import GAP, MOST_PIXELS, grid
from mediakit.runtime.pipeline import results_of
from mediakit.tasks.image_generation.latents import Latent

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediakit.tasks.image_generation.pipeline import GeneratedImage, Synthesizer

Seeds = Sequence[int | Latent]
MOST_ON_SHEET = 4096  # images
MOST_FRAMES = 20_000  # of a walk: a quarter of an hour
MOST_PIXELS_KEPT = 500_000_000  # of a walk's frames, where the format needs all of them at the end


@dataclass(frozen=True)
class Sheet:
    """Images in the order of a sheet, their number, and their seeds in words. The first cell of a table stays empty."""

    images: "Iterator[GeneratedImage]"
    count: int
    columns: int | None
    seeds: str
    is_table: bool = False

    def check(self, shape: tuple[int, int, int], scale: int) -> None:
        """Raise InputError if one sheet cannot hold so many images of this shape, enlarged `scale` times."""
        most = min(MOST_ON_SHEET, MOST_PIXELS // ((scale * shape[0] + GAP) * (scale * shape[1] + GAP)))
        if self.count > most:
            raise InputError(f"a sheet holds {most:,} images of this size, not {self.count:,}: draw fewer, or use --out-dir")

    def arranged(self, images: "Sequence[Image]") -> "Image":
        """The sheet of the drawn images. A single image stays as it is."""
        if len(images) == 1:
            return images[0]
        tiles = [np.asarray(image) for image in images]
        transparent = images[0].mode == "RGBA"
        if self.is_table:
            tiles.insert(0, np.full_like(tiles[0], 0 if transparent else 255))
        return grid(tiles, self.columns, None if transparent else "white")


@dataclass(frozen=True)
class Walk:
    """The frames of a walk, their number in all and per second, and the seeds that it passes."""

    pixels: "Iterator[np.ndarray]"
    frames: int
    fps: int
    seeds: list[int | str]


def plan_seeds(pipeline: "Synthesizer", seeds: Sequence[Seeds], columns: int | None, **how: Any) -> Sheet:
    """A sheet with one image per seed."""
    count = sum(map(len, seeds))
    words = f"{'seed' if count == 1 else 'seeds'} {_in_words(seeds)}"
    return Sheet(results_of(pipeline.stream(chain(*seeds), **how)), count, columns, words)


def plan_mix(pipeline: "Synthesizer", coarse: Seeds, fine: Seeds, **how: Any) -> Sheet:
    """A sheet that mixes seeds: from one to the other, layer by layer, or a table of two ranges of seeds."""
    from mediakit.tasks.image_generation.pipeline import ImageRequest

    layers, words = pipeline.layers, f"mix {_in_words((coarse, fine))}"
    if len(coarse) == len(fine) == 1:
        steps = [ImageRequest(coarse[0], fine=fine[0], crossover=crossover) for crossover in range(layers, -1, -1)]
        return Sheet(results_of(pipeline.stream(steps, **how)), len(steps), len(steps), words)

    def table() -> Iterator[ImageRequest]:
        yield from (ImageRequest(seed, fine=seed, crossover=layers) for seed in fine)
        for seed in coarse:
            yield ImageRequest(seed, fine=seed, crossover=layers)
            yield from (ImageRequest(seed, fine=other, crossover=layers // 2) for other in fine)

    columns = len(fine) + 1
    return Sheet(results_of(pipeline.stream(table(), **how)), columns * (len(coarse) + 1) - 1, columns, words, is_table=True)


def plan_walk(
    pipeline: "Synthesizer", seeds: Sequence[Seeds], seconds: float | None, fps: int, scale: int, keeps_frames: bool, **how: Any
) -> Walk:
    """A walk through seeds.

    Args:
        seconds: its length; by default one second per seed.
        fps: frames per second.
        scale: how many times as large the frames are written.
        keeps_frames: the file's format needs all frames at the end.

    Raises InputError for too many frames, or fewer frames than seeds.
    """
    count, (height, width, _) = sum(map(len, seeds)), pipeline.shape
    frames = max(1, round((seconds or count) * fps))
    most = min(MOST_FRAMES, MOST_PIXELS_KEPT // (height * width * scale**2)) if keeps_frames else MOST_FRAMES
    if frames > most:
        raise InputError(f"a walk of {frames:,} frames is too long; the most is {most:,}: take fewer --seconds")
    if count > frames:
        raise InputError(f"a walk of {frames:,} frames cannot pass {count:,} seeds: take more --seconds")
    through = list(chain(*seeds))
    names = [seed.name if isinstance(seed, Latent) else seed for seed in through]
    return Walk(pipeline.walk(through, frames, **how), frames, fps, names)


def _in_words(seeds: Iterable[Seeds]) -> str:
    def word(seed: int | Latent) -> str:
        return seed.name if isinstance(seed, Latent) else str(seed)

    return ",".join(word(part[0]) if len(part) == 1 else f"{word(part[0])}-{word(part[-1])}" for part in seeds)
