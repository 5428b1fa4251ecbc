"""`mediakit synthesize --project`: images of files to latents, in files of their own."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mediakit.console.files import UniqueNames, whole_file
from mediakit.console.output import Results, progress
from mediakit.media.alpha import unpremultiply
from mediakit.media.image_files import to_image, write_image
from mediakit.media.image_grid import grid

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediakit.tasks.image_generation.pipeline import Projection, Synthesizer


@dataclass(frozen=True)
class Projector:
    """Projects images of files.

    Args:
        pipeline: draws them.
        seed: of the random images that the search starts from.
        label: the class of these; None: any.
        seconds: for one image; what was found by then is the result.
    """

    pipeline: "Synthesizer"
    seed: int
    label: str | None
    seconds: float

    def write(self, paths: Sequence[Path], out_dir: Path | None, scale: int, background: str | None, out: Results) -> "Image | None":
        """Write a projection's image and latent into a folder, if there is one, and print a line for each.

        Returns a sheet with the given images above their projections; None if all have failed.
        """
        names, pairs = UniqueNames(), []
        for path in out.counted(paths):
            with out.catching(str(path)):
                given, found = self._project(path, out.quiet)
                drawn, latent = to_image(found.pixels, scale, background), None
                if out_dir:
                    name = names.of(str(path))
                    latent = out_dir / f"{name}.npz"
                    with whole_file(latent, "wb") as file:
                        found.latent.write(file)
                    with whole_file(out_dir / f"{name}.png", "wb") as file:
                        write_image(drawn, file, ".png")
                pairs.append((to_image(unpremultiply(given), scale, background), drawn))
                fields = {"path": str(path), "latent": str(latent) if latent else None, "error": round(found.error, 2)}
                out.give("\t".join([str(path), f"error {found.error:.1f}", *([str(latent)] if latent else [])]), fields)
        tiles = [np.asarray(image) for row in zip(*pairs, strict=True) for image in row]
        return grid(tiles, len(pairs), None if tiles[0].shape[2:] == (4,) else "white") if tiles else None

    def _project(self, path: Path, quiet: bool) -> "tuple[np.ndarray, Projection]":
        """The image as the model sees it, and its projection."""
        given = self.pipeline.read(path)
        steps = self.pipeline.project(given, label=self.label, seed=self.seed)
        for found in progress(self._in_time(steps), self.pipeline.projection_steps, "step", quiet):
            best = found
        return given, best

    def _in_time(self, steps: "Iterator[Projection]") -> "Iterator[Projection]":
        end = time.monotonic() + self.seconds
        for found in steps:
            yield found
            if time.monotonic() > end:
                return
