"""Seeds in, images out: of a StyleGAN, or of a DCGAN, which has one network and neither mixing nor truncation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.alpha import unpremultiply
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult, png
from mediakit.runtime.seeds import check_seed
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.image_generation.generators import Generator, open_generator

if TYPE_CHECKING:
    from PIL.Image import Image

TRUNCATION = 0.7  # where the model's config sets none: safer than 1, and still varied (Karras et al. 2019, appendix B)
LEAST_DRAWN = 128  # pixels of a drawing's side; smaller images are enlarged


@dataclass(frozen=True)
class ImageRequest:
    """An image to generate.

    With `fine` it is a mixture: the first `crossover` layers take the style of `seed`, the others that of the seed `fine`
    (Karras et al. 2019, section 3.1). With all layers, or none, it is one seed's own image.

    Attributes:
        seed: a whole number from 0 to 2**32 - 1.
        label: the class, by its name or the start of it; by default the stream's.
        fine, crossover: of a mixture.
    """

    seed: int
    label: str | None = None
    fine: int | None = None
    crossover: int | None = None


@dataclass(frozen=True, repr=False)
class GeneratedImage(DrawnResult):
    """An image and what it was generated from.

    Attributes:
        premultiplied: uint8 `[size, size, channels]`: grey, RGB, or RGB multiplied by alpha, then alpha.
        seed: as requested.
        label: the class; None if the model has none.
        truncation: how far from the mean image; None if the model has none.
        fine, crossover: of a mixture, see `ImageRequest`; else None.
    """

    premultiplied: np.ndarray = field(compare=False)
    seed: int
    label: str | None = None
    truncation: float | None = None
    fine: int | None = None
    crossover: int | None = None

    @property
    def pixels(self) -> np.ndarray:
        """uint8 `[size, size, channels]` with straight alpha, as in Pillow and PNG."""
        return unpremultiply(self.premultiplied)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `seed`, `label`, `truncation`, `fine`, `crossover`."""
        return {name: getattr(self, name) for name in ("seed", "label", "truncation", "fine", "crossover")}

    def to_row(self) -> dict[str, Any]:
        """As `to_dict`, and the image as `png`, the bytes of a file."""
        return {**self.to_dict(), "png": png(self.draw(scale=1))}

    def draw(self, scale: int | None = None) -> "Image":
        """The image, enlarged `scale` times; by default small ones are enlarged enough to be seen well."""
        from mediakit.media.image_files import to_image

        return to_image(self.pixels, scale or -(-LEAST_DRAWN // min(self.pixels.shape[:2])))


@dataclass(frozen=True)
class _Latent:
    """What a seed stands for: a code float32 `[size]`, noise float32 `[noise]`, the number of the class."""

    code: np.ndarray
    noise: np.ndarray
    label: int | None


def load(folder: ModelFolder, *, threads: int | None = None) -> "Synthesizer":
    """The pipeline of an image generation model folder."""
    return Synthesizer(folder, threads)


class Synthesizer(Pipeline[int | ImageRequest, GeneratedImage]):
    """Generates images. A seed always gives the same image, alone or among others.

    Args:
        folder: an opened model folder of the task image_generation.
        threads: how many images are generated side by side; by default one per processor, at most four.

    Attributes:
        shape: of an image, `(height, width, channels)`.
        layers: how many layers take a style; 1 if styles cannot be mixed.
        classes: the names of the classes; empty if the model has none.
    """

    columns = ("seed", "label", "truncation", "fine", "crossover", "png")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._generators: Pool[Generator] = Pool(partial(open_generator, folder))
        with self._generators.one() as generator:
            self.shape, self.layers, self._from_mean = generator.shape, generator.layers, generator.from_mean
            known = generator.classes
        self.classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines()) if known else ()
        if len(self.classes) != known:
            raise ModelError(f"{folder.path}: knows {known} classes, and names {len(self.classes)}; the files don't belong together")

    def stream(
        self,
        requests: Iterable[int | ImageRequest | MediakitError],
        *,
        truncation: float | None = None,
        label: str | None = None,
        fine: int | None = None,
        crossover: int | None = None,
    ) -> Iterator[tuple[int | ImageRequest | MediakitError, GeneratedImage | MediakitError]]:
        """Yield each seed or request with its image or error, in order, at flat memory.

        Args:
            requests: seeds, which are whole numbers from 0, or `ImageRequest`s.
            truncation: how far from the mean image, 0 (the mean image itself) to 2: lower is safer, higher is more varied. By default
                the model's own; a DCGAN has none, which equals 1.
            label: the class of all images, by its name or the start of it; by default drawn by the seed, all equally often.
            fine, crossover: mix each seed with this one, see `ImageRequest`; by default after half of the layers. A request's own
                come first.

        Raises InputError for a truncation or a class that the model does not have.
        """
        psi, default = self._truncation(truncation), self._class(label)
        middle = self.layers // 2 if crossover is None else crossover

        def generate(index: int, given: int | ImageRequest) -> GeneratedImage:
            request = given if isinstance(given, ImageRequest) else ImageRequest(given)
            if request.fine is None:
                request = replace(request, fine=fine, crossover=None if fine is None else middle)
            number = default if request.label is None else self._class(request.label)
            with self._generators.one() as generator:
                return self._generate(generator, request, number, psi)

        return self._one_by_one(requests, generate)

    def walk(self, seeds: Sequence[int], frames: int, *, truncation: float | None = None, label: str | None = None) -> Iterator[np.ndarray]:
        """Yield the frames of a closed, smooth walk from each seed's image to the next, and from the last to the first.

        It follows a curve through the seeds' styles (Catmull and Rom 1974); all frames have the first seed's noise.

        Args:
            seeds: at least two.
            frames: of the whole walk; the first is the first seed's image.

        Frames are uint8 `[height, width, channels]` with straight alpha.
        """
        if len(seeds) < 2:
            raise InputError("a walk goes through at least two seeds")
        if frames < 1:
            raise InputError(f"a walk has at least 1 frame, not {frames}")
        number, psi = self._class(label), self._truncation(truncation)
        with self._generators.one() as generator:
            latents = [self._latent(generator, seed, number, psi) for seed in seeds]
        codes = _closed_curve(np.stack([latent.code for latent in latents]), frames, keep_length=not self._from_mean)

        def draw(code: np.ndarray) -> np.ndarray:
            with self._generators.one() as generator:
                return unpremultiply(_draw(generator, [code] * self.layers, latents[0].noise))

        return (frame for _, frame in in_order(draw, codes, self.threads))

    def _generate(self, generator: Generator, request: ImageRequest, label: int | None, truncation: float | None) -> GeneratedImage:
        latent = self._latent(generator, request.seed, label, truncation)
        codes = [latent.code] * self.layers
        if request.fine is not None:
            crossover = self._crossover(request)
            fine = self._latent(generator, request.fine, label, truncation)
            codes[crossover:] = [fine.code] * (self.layers - crossover)
            latent = latent if crossover else fine
        name = None if latent.label is None else self.classes[latent.label]
        pixels, fine_seed = _draw(generator, codes, latent.noise), None if request.fine is None else check_seed(request.fine)
        return GeneratedImage(pixels, check_seed(request.seed), name, truncation, fine_seed, request.crossover)

    def _crossover(self, request: ImageRequest) -> int:
        if self.layers < 2:
            raise InputError(f"{self.folder.name}: has no styles to mix; a StyleGAN has")
        if request.crossover is None or not 0 <= request.crossover <= self.layers:
            raise InputError(f"the crossover is {request.crossover}; this model has 0 to {self.layers} coarse layers")
        return request.crossover

    def _latent(self, generator: Generator, seed: int, label: int | None, truncation: float | None) -> _Latent:
        random = np.random.default_rng(check_seed(seed))
        latent, noise = (random.standard_normal(size).astype(np.float32) for size in (generator.latent, generator.noise))
        if label is None and self.classes:
            label = int(random.integers(len(self.classes)))
        code = generator.code(latent, label)
        return _Latent(code if truncation is None else code * np.float32(truncation), noise, label)

    def _truncation(self, given: float | None) -> float | None:
        if not self._from_mean:
            if given not in (None, 1):
                raise InputError(f"{self.folder.name}: has no truncation; a StyleGAN has")
            return None
        if given is None:
            given = float(self.folder.manifest.get("config", {}).get("truncation", TRUNCATION))
        if not 0 <= given <= 2:
            raise InputError(f"truncation is {given}; it must be from 0 to 2")
        return given

    def _class(self, label: str | None) -> int | None:
        """The number of a class, by its name or a start that no other class has, in any case."""
        if label is None:
            return None
        if not self.classes:
            raise InputError(f"{self.folder.name}: has no classes, so no label can be given")
        names = [name.casefold() for name in self.classes]
        wanted = label.strip().casefold()
        fitting = [number for number, name in enumerate(names) if name == wanted]
        fitting = fitting or [number for number, name in enumerate(names) if wanted and name.startswith(wanted)]
        if len(fitting) > 1:
            named = ", ".join(self.classes[number] for number in fitting)
            raise InputError(f"label {label!r} is ambiguous: it is the beginning of {named}")
        if not fitting:
            raise InputError(f"no label {label!r}: the classes of {self.folder.name} are {', '.join(self.classes)}")
        return fitting[0]


def _draw(generator: Generator, codes: Sequence[np.ndarray], noise: np.ndarray) -> np.ndarray:
    """The image of each layer's code, uint8 `[height, width, channels]`, premultiplied."""
    pixels = np.rint(generator.draw(np.stack(codes), noise) * 127.5 + 127.5).clip(0, 255).astype(np.uint8)
    # A colour multiplied by its alpha is never more than the alpha.
    return np.minimum(pixels, pixels[..., 3:]) if pixels.shape[2] == 4 else pixels


def _closed_curve(points: np.ndarray, steps: int, keep_length: bool) -> Iterator[np.ndarray]:
    """Points of a closed Catmull-Rom curve through points float32 `[points, size]`.

    Args:
        steps: how many points.
        keep_length: restore the length between points, for latents: these all have nearly the same length, their means are shorter.
    """
    lengths = np.linalg.norm(points, axis=1)
    for place in np.arange(steps) * (len(points) / steps):
        i, t = int(place), place % 1
        before, here, there, after = (points[(i + k) % len(points)] for k in (-1, 0, 1, 2))
        bend = 2 * before - 5 * here + 4 * there - after + t * (3 * (here - there) + after - before)
        point = here + t / 2 * (there - before + t * bend)
        if keep_length:
            point *= ((1 - t) * lengths[i] + t * lengths[(i + 1) % len(points)]) / max(np.linalg.norm(point), 1e-9)
        yield point.astype(np.float32)
