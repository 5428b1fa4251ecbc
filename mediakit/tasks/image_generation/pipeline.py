"""Seeds in, pictures out: of a StyleGAN, or of a DCGAN, which has one network and neither mixing nor truncation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, overload

import numpy as np

from mediakit.errors import InputError, ModelError
from mediakit.media.alpha import unpremultiply
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.workers import Pool, in_order
from mediakit.tasks.image_generation.generators import Generator, open_generator

TRUNCATION = 0.7  # where a model's config says nothing: safer than 1, and still varied (Karras et al. 2019, appendix B)


@dataclass(frozen=True)
class Picture:
    """A picture, and what it comes from.

    `premultiplied` is uint8 `[size, size, channels]`: one channel is grey, three are RGB, four are RGB multiplied by alpha, then
    alpha. `truncation` and `label` are None where the model knows none. Of a mixture, the first `crossover` layers are `seed`'s
    and the others those of the seed `fine`.
    """

    premultiplied: np.ndarray
    seed: int
    label: str | None = None
    truncation: float | None = None
    fine: int | None = None
    crossover: int | None = None

    @property
    def pixels(self) -> np.ndarray:
        """uint8 `[size, size, channels]` with straight alpha, as Pillow and PNG have it."""
        return unpremultiply(self.premultiplied)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: seed, label, truncation; of a mixture also fine and crossover."""
        said: dict[str, Any] = {"seed": self.seed, "label": self.label, "truncation": self.truncation}
        return said if self.fine is None else {**said, "fine": self.fine, "crossover": self.crossover}


@dataclass(frozen=True)
class _Source:
    """What a seed stands for: a code float32 `[size]`, noise float32 `[noise]`, the class's number."""

    code: np.ndarray
    noise: np.ndarray
    label: int | None


def load(folder: ModelFolder, *, threads: int | None = None) -> "Synthesizer":
    """The pipeline of a StyleGAN's or a DCGAN's model folder."""
    return Synthesizer(folder, threads)


class Synthesizer:
    """Draws pictures. It can be pickled.

    A seed's picture is always the same, alone or among others, whatever else was drawn before.

    Args:
        folder: an opened model folder of the task style_gan or dcgan.
        threads: pictures drawn side by side; by default one for each processor, at most four.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        if threads is not None and threads < 1:
            raise InputError(f"threads is {threads}; it must be at least 1")
        self.folder, self.threads = folder, threads
        self._generators: Pool[Generator] = Pool(partial(open_generator, folder))
        with self._generators.one() as generator:
            self.shape, self.layers, self._from_mean = generator.shape, generator.layers, generator.from_mean
            known = generator.classes
        self.classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines()) if known else ()
        if len(self.classes) != known:
            raise ModelError(f"{folder.path}: knows {known} classes, and names {len(self.classes)}; the files don't belong together")

    def __reduce__(self) -> Any:
        return type(self), (self.folder, self.threads)

    @overload
    def __call__(self, seeds: int, **options: Any) -> Picture: ...
    @overload
    def __call__(self, seeds: Sequence[int], **options: Any) -> list[Picture]: ...

    def __call__(self, seeds: int | Sequence[int], **options: Any) -> Picture | list[Picture]:
        """The picture of a seed, or those of several. Options as in `stream`."""
        if isinstance(seeds, int | np.integer):
            return next(self.stream([int(seeds)], **options))
        return list(self.stream(seeds, **options))

    def stream(
        self, seeds: Iterable[int], *, truncation: float | None = None, label: str | Iterable[str] | None = None
    ) -> Iterator[Picture]:
        """The pictures of any number of seeds, in order, at flat memory.

        Args:
            seeds: whole numbers from 0.
            truncation: how far from the mean picture, 0 (the mean picture itself) to 2: less is safer, more is more varied. The
                model's own by default; a DCGAN has none, which is 1.
            label: a class for all pictures, or one for each; by default drawn by the seed, each as often.

        Raises InputError for a seed, a truncation or a class that cannot be.
        """
        truncation = self._truncation(truncation)
        labels = map(self._class, label) if label is not None and not isinstance(label, str) else repeat(self._class(label))

        def draw(given: tuple[int, int | None], generator: Generator) -> Picture:
            source = self._source(generator, *given, truncation)
            pixels = self._draw(generator, [source.code] * self.layers, source.noise)
            return Picture(pixels, given[0], self._name(source.label), truncation)

        return self._each(draw, zip(seeds, labels, strict=False))

    def mixtures(
        self, pairs: Iterable[tuple[int, int, int]], *, truncation: float | None = None, label: str | None = None
    ) -> Iterator[Picture]:
        """Pictures with the coarse layers of one seed and the fine layers of another (Karras et al. 2019, section 3.1).

        Args:
            pairs: the seed of the coarse layers, the seed of the fine ones, and the crossover: how many layers are coarse, 0 to
                `layers`. With all of them, or none, it is one seed's own picture.
            truncation, label: as in `stream`, for both.
        """
        if self.layers < 2:
            raise InputError(f"{self.folder.name}: has no styles to mix; a style_gan has")
        truncation, number = self._truncation(truncation), self._class(label)

        def draw(given: tuple[int, int, int], generator: Generator) -> Picture:
            crossover = given[2]
            if not 0 <= crossover <= self.layers:
                raise InputError(f"the crossover is {crossover}; this model has 0 to {self.layers} coarse layers")
            coarse, fine = (self._source(generator, seed, number, truncation) for seed in given[:2])
            whose = coarse if crossover else fine
            pixels = self._draw(generator, [coarse.code] * crossover + [fine.code] * (self.layers - crossover), whose.noise)
            return Picture(pixels, given[0], self._name(whose.label), truncation, given[1], crossover)

        return self._each(draw, pairs)

    def walk(self, seeds: Sequence[int], frames: int, *, truncation: float | None = None, label: str | None = None) -> Iterator[np.ndarray]:
        """A closed, smooth way from each seed's picture to the next and from the last to the first.

        The way is a curve through the seeds' styles (Catmull and Rom 1974); all frames have the first seed's noise.

        Args:
            seeds: at least two.
            frames: of all the way round; the first is the first seed's picture.

        Yields each frame as `Picture.pixels`.
        """
        if len(seeds) < 2:
            raise InputError("a walk goes through two seeds at least")
        if frames < 1:
            raise InputError(f"a walk of {frames} frames was asked for; one is the least")
        with self._generators.one() as generator:
            number, truncation = self._class(label), self._truncation(truncation)
            sources = [self._source(generator, seed, number, truncation) for seed in seeds]
        codes = _closed_curve(np.stack([source.code for source in sources]), frames, keep_length=not self._from_mean)

        def draw(code: np.ndarray, generator: Generator) -> np.ndarray:
            return unpremultiply(self._draw(generator, [code] * self.layers, sources[0].noise))

        return self._each(draw, codes)

    def _each(self, draw: Callable[[Any, Generator], Any], given: Iterable[Any]) -> Iterator[Any]:
        """What is drawn of each, on networks that no other thread has."""

        def work(item: Any) -> Any:
            with self._generators.one() as generator:
                return draw(item, generator)

        return (drawn for _, drawn in in_order(work, given, self.threads))

    def _source(self, generator: Generator, seed: int, label: int | None, truncation: float | None) -> _Source:
        if seed < 0:
            raise InputError(f"the seed is {seed}; seeds are whole numbers from 0")
        random = np.random.default_rng(seed)
        latent, noise = (random.standard_normal(size).astype(np.float32) for size in (generator.latent, generator.noise))
        if label is None and self.classes:
            label = int(random.integers(len(self.classes)))
        code = generator.code(latent, label)
        return _Source(code if truncation is None else code * np.float32(truncation), noise, label)

    def _draw(self, generator: Generator, codes: Sequence[np.ndarray], noise: np.ndarray) -> np.ndarray:
        pixels = np.rint(generator.draw(np.stack(codes), noise) * 127.5 + 127.5).clip(0, 255).astype(np.uint8)
        # A colour that is multiplied by its alpha is never more than that.
        return np.minimum(pixels, pixels[..., 3:]) if pixels.shape[2] == 4 else pixels

    def _truncation(self, given: float | None) -> float | None:
        if not self._from_mean:
            if given not in (None, 1):
                raise InputError(f"{self.folder.name}: has no truncation; a style_gan has")
            return None
        if given is None:
            given = float(self.folder.manifest.get("config", {}).get("truncation", TRUNCATION))
        if not 0 <= given <= 2:
            raise InputError(f"truncation is {given}; it must be from 0 to 2")
        return given

    def _class(self, label: str | None) -> int | None:
        """The number of a class, by its name or as much of its beginning as no other has, in any case."""
        if label is None:
            return None
        if not self.classes:
            raise InputError(f"{self.folder.name}: has no classes, so that no label can be given")
        names = [name.casefold() for name in self.classes]
        wanted = label.strip().casefold()
        fitting = [number for number, name in enumerate(names) if name == wanted]
        fitting = fitting or [number for number, name in enumerate(names) if wanted and name.startswith(wanted)]
        if len(fitting) != 1:
            raise InputError(f"no label {label!r}: the classes of {self.folder.name} are {', '.join(self.classes)}")
        return fitting[0]

    def _name(self, label: int | None) -> str | None:
        return None if label is None else self.classes[label]


def _closed_curve(points: np.ndarray, steps: int, keep_length: bool) -> Iterator[np.ndarray]:
    """So many points of a closed Catmull-Rom curve through points float32 `[points, size]`.

    Args:
        keep_length: latents have nearly the same length, and what lies between two of them is shorter: give it back.
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
