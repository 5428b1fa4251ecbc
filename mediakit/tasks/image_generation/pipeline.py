"""Seeds in, images out: of a StyleGAN, or of a DCGAN, which has one network and neither mixing nor truncation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.alpha import unpremultiply, with_channels
from mediakit.media.image import ImageSource, read_square
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult, Result, png
from mediakit.runtime.seeds import check_seed
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.image_generation import projection
from mediakit.tasks.image_generation.generators import Generator, open_generator
from mediakit.tasks.image_generation.latents import Latent

if TYPE_CHECKING:
    from PIL.Image import Image

TRUNCATION = 0.7  # where the model's config sets none: safer than 1, and still varied (Karras et al. 2019, appendix B)
PROJECTION_SAMPLES = 1000  # random images from which a projection starts
LEAST_DRAWN = 128  # pixels of a drawing's side; smaller images are enlarged


@dataclass(frozen=True)
class ImageRequest:
    """An image to generate.

    With `fine` it is a mixture: the first `crossover` layers take the style of `seed`, the others that of the seed `fine`
    (Karras et al. 2019, section 3.1). With all layers, or none, it is one seed's own image.

    Attributes:
        seed: a whole number from 0 to 2**32 - 1, or a `Latent`, which has no class.
        label: the class, by its name or the start of it; by default the stream's.
        fine, crossover: of a mixture.
    """

    seed: int | Latent
    label: str | None = None
    fine: int | Latent | None = None
    crossover: int | None = None


@dataclass(frozen=True, repr=False)
class GeneratedImage(DrawnResult):
    """An image and what it was generated from.

    Attributes:
        premultiplied: uint8 `[size, size, channels]`: grey, RGB, or RGB multiplied by alpha, then alpha.
        seed: as requested; of a `Latent` its name.
        label: the class; None if the model or the latent has none.
        truncation: how far from the mean image; None if the model has none.
        fine, crossover: of a mixture, see `ImageRequest`; else None.
    """

    premultiplied: np.ndarray = field(compare=False)
    seed: int | str
    label: str | None = None
    truncation: float | None = None
    fine: int | str | None = None
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


@dataclass(frozen=True, repr=False)
class Projection(Result):
    """The latent whose image is the nearest to a given one that was found.

    Attributes:
        latent: it goes where a seed goes, as in `pipeline(latent, truncation=0.7)`.
        premultiplied: its image, as of a `GeneratedImage`.
        error: root mean square difference of the images' bytes, 0..255; colours are premultiplied by alpha.
    """

    latent: Latent
    premultiplied: np.ndarray
    error: float

    @property
    def pixels(self) -> np.ndarray:
        """uint8 `[size, size, channels]` with straight alpha."""
        return unpremultiply(self.premultiplied)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `error`."""
        return {"error": round(self.error, 2)}


@dataclass(frozen=True)
class _Origin:
    """What a seed or a latent stands for: truncated codes float32 `[layers, size]`, noise float32 `[noise]`, the number of the class."""

    codes: np.ndarray
    noise: np.ndarray
    label: int | None
    truncation: float | None


def load(folder: ModelFolder, *, threads: int | None = None) -> "Synthesizer":
    """The pipeline of an image generation model folder."""
    return Synthesizer(folder, threads)


class Synthesizer(Pipeline[int | Latent | ImageRequest, GeneratedImage]):
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
            self._network, known = folder.manifest["networks"][generator.drawn_by]["sha256"], generator.classes
        self.classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines()) if known else ()
        if len(self.classes) != known:
            raise ModelError(f"{folder.path}: knows {known} classes, and names {len(self.classes)}; the files don't belong together")

    def stream(
        self,
        requests: Iterable[int | Latent | ImageRequest | MediakitError],
        *,
        truncation: float | None = None,
        label: str | None = None,
        fine: int | None = None,
        crossover: int | None = None,
    ) -> Iterator[tuple[int | Latent | ImageRequest | MediakitError, GeneratedImage | MediakitError]]:
        """Yield each seed or request with its image or error, in order, at flat memory.

        Args:
            requests: seeds, which are whole numbers from 0, `Latent`s or `ImageRequest`s.
            truncation: how far from the mean image, 0 (the mean image itself) to 2: lower is safer, higher is more varied. By default
                the model's own for seeds, and 1 for latents; a DCGAN has none, which equals 1.
            label: the class of all images, by its name or the start of it; by default drawn by the seed, all equally often.
            fine, crossover: mix each seed with this one, see `ImageRequest`; by default after half of the layers. A request's own
                come first.

        Raises InputError for a truncation or a class that the model does not have.
        """
        self._truncation(truncation)  # an error in it is that of the whole stream
        default = self._class(label)
        middle = self.layers // 2 if crossover is None else crossover

        def generate(index: int, given: int | Latent | ImageRequest) -> GeneratedImage:
            request = given if isinstance(given, ImageRequest) else ImageRequest(given)
            if request.fine is None:
                request = replace(request, fine=fine, crossover=None if fine is None else middle)
            number = default if request.label is None else self._class(request.label)
            with self._generators.one() as generator:
                return self._generate(generator, request, number, truncation)

        return self._one_by_one(requests, generate)

    def walk(
        self, seeds: Sequence[int | Latent], frames: int, *, truncation: float | None = None, label: str | None = None
    ) -> Iterator[np.ndarray]:
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
        number = self._class(label)
        with self._generators.one() as generator:
            origins = [self._origin(generator, seed, number, truncation) for seed in seeds]
        points = np.stack([origin.codes.ravel() for origin in origins])

        def draw(point: np.ndarray) -> np.ndarray:
            with self._generators.one() as generator:
                return unpremultiply(_draw(generator, point.reshape(self.layers, -1), origins[0].noise))

        curve = _closed_curve(points, frames, keep_length=not self._from_mean)
        return (frame for _, frame in in_order(draw, curve, self.threads))

    def read(self, image: ImageSource) -> np.ndarray:
        """An image's central square as the model would draw it: premultiplied uint8 `[size, size, channels]`.

        Where the model draws no transparency, it becomes white. Raises InputError for what is not an image.
        """
        return with_channels(read_square(image, self.shape[0]), self.shape[2])

    def project(self, image: ImageSource | np.ndarray, *, label: str | None = None, seed: int = 0) -> Iterator[Projection]:
        """Yield latents ever nearer to an image: first the nearest of random ones. There are at most `projection_steps`.

        The search uses the networks as they are, without their gradients; see `projection.project`.

        Args:
            image: as for `read`, or what it returns.
            label: the class of the random latents; by default any.
            seed: of the random latents.

        Raises InputError for what is not an image, and for a class that the model does not have.
        """
        target = image if isinstance(image, np.ndarray) else self.read(image)
        if target.shape != self.shape or target.dtype != np.uint8:
            raise InputError(f"cannot project an array {target.dtype} {list(target.shape)}; expected uint8 {list(self.shape)}")
        return self._project(target, self._class(label), np.random.default_rng(check_seed(seed)))

    @property
    def projection_steps(self) -> int:
        """The most projections that `project` yields."""
        return projection.step_count(self.layers)

    def _project(self, target: np.ndarray, label: int | None, random: np.random.Generator) -> Iterator[Projection]:
        with self._generators.one() as generator:
            latents = random.standard_normal((PROJECTION_SAMPLES, generator.latent)).astype(np.float32)
            labels = random.integers(max(1, len(self.classes)), size=len(latents)) if label is None else [label] * len(latents)
            codes = [generator.code(latent, int(of) if self.classes else None) for latent, of in zip(latents, labels, strict=True)]
            noise = np.zeros(generator.noise, np.float32)

        def draw(codes: np.ndarray) -> np.ndarray:
            with self._generators.one() as generator:
                return generator.draw(codes, noise).ravel()

        def draw_all(every: Sequence[np.ndarray]) -> np.ndarray:
            return np.stack([drawn for _, drawn in in_order(draw, every, self.threads)])

        wanted = target.astype(np.float32).ravel() / 127.5 - 1
        for point in projection.project(draw_all, np.stack(codes), self.layers, wanted):
            pixels = _to_bytes(point.pixels.reshape(self.shape))
            yield Projection(Latent(point.codes, self._network), pixels, float(np.sqrt(point.error)) * 127.5)

    def _generate(self, generator: Generator, request: ImageRequest, label: int | None, truncation: float | None) -> GeneratedImage:
        origin = self._origin(generator, request.seed, label, truncation)
        codes = origin.codes
        if request.fine is not None:
            crossover = self._crossover(request)
            fine = self._origin(generator, request.fine, label, truncation)
            codes = np.concatenate([codes[:crossover], fine.codes[crossover:]])
            origin = origin if crossover else fine
        label_name = None if origin.label is None else self.classes[origin.label]
        fine_name = None if request.fine is None else _name(request.fine)
        pixels = _draw(generator, codes, origin.noise)
        return GeneratedImage(pixels, _name(request.seed), label_name, origin.truncation, fine_name, request.crossover)

    def _crossover(self, request: ImageRequest) -> int:
        if self.layers < 2:
            raise InputError(f"{self.folder.name}: has no styles to mix; a StyleGAN has")
        if request.crossover is None or not 0 <= request.crossover <= self.layers:
            raise InputError(f"the crossover is {request.crossover}; this model has 0 to {self.layers} coarse layers")
        return request.crossover

    def _origin(self, generator: Generator, seed: int | Latent, label: int | None, truncation: float | None) -> _Origin:
        psi = self._truncation(1 if truncation is None and isinstance(seed, Latent) else truncation)
        scale = np.float32(1 if psi is None else psi)
        if isinstance(seed, Latent):
            if seed.network != self._network:
                raise InputError(f"{seed.name}: a latent of another model than {self.folder.name}; project its image again")
            return _Origin(seed.codes * scale, np.zeros(generator.noise, np.float32), None, psi)
        random = np.random.default_rng(check_seed(seed))
        latent, noise = (random.standard_normal(size).astype(np.float32) for size in (generator.latent, generator.noise))
        if label is None and self.classes:
            label = int(random.integers(len(self.classes)))
        return _Origin(np.repeat(generator.code(latent, label)[None] * scale, self.layers, axis=0), noise, label, psi)

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


def _name(seed: int | Latent) -> int | str:
    return seed.name if isinstance(seed, Latent) else check_seed(seed)


def _draw(generator: Generator, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """The image of codes `[layers, size]`, uint8 `[height, width, channels]`, premultiplied."""
    return _to_bytes(generator.draw(codes, noise))


def _to_bytes(image: np.ndarray) -> np.ndarray:
    """A network's image in -1..1 as bytes."""
    pixels = np.rint(image * 127.5 + 127.5).clip(0, 255).astype(np.uint8)
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
