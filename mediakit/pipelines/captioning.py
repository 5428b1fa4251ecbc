"""Photos in, captions out."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import local
from typing import IO, Any, overload

import numpy as np

from mediakit.errors import MediakitError, ModelError
from mediakit.media.image import MAX_PIXELS, photo_from_array, read_photo
from mediakit.runtime.decoding import DecodingOptions, Hypothesis, State, StepResult, decode
from mediakit.runtime.model_folder import ModelFolder
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN, Vocabulary

Photo = str | os.PathLike[str] | bytes | np.ndarray | IO[bytes]
GROUP = 8  # photos whose captions are written together


@dataclass(frozen=True)
class Caption:
    """A caption: its text, natural logarithm of its probability, its words, where the model looked for each word (float32
    `[words, rows, columns]`, summing to 1), and the next best captions when they were asked for."""

    text: str
    log_probability: float
    words: tuple[str, ...]
    attention: np.ndarray
    alternatives: tuple["Caption", ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `caption`, `log_probability`, and `alternatives` if there are any."""
        result: dict[str, Any] = {"caption": self.text, "log_probability": round(self.log_probability, 4)}
        if self.alternatives:
            result["alternatives"] = [other.to_dict() for other in self.alternatives]
        return result


def load(folder: ModelFolder, *, threads: int | None = None) -> "Captioner":
    """The pipeline of a captioning model folder."""
    return Captioner(folder, threads)


class Captioner:
    """Describes photos. It can be pickled.

    Args:
        folder: an opened model folder of the task captioning.
        threads: photos read and encoded side by side; by default one for each processor, at most four.
    """

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        self.folder, self.threads = folder, threads
        self._vocabulary = Vocabulary.read(folder.file("vocabulary"))
        self._decoder = folder.network("decoder")
        self._encoder = folder.network("encoder")
        self._size = int(self._encoder.inputs[0]["shape"][1])
        self._defaults = {"beam": 3, **folder.manifest.get("config", {}).get("decoding", {})}
        self._max_words = int(folder.manifest.get("config", {}).get("max_words", 20))
        scored = next(tensor["shape"][1] for tensor in self._decoder.outputs if tensor["name"] == "log_probabilities")
        if scored != len(self._vocabulary):
            raise ModelError(f"{folder.path}: the decoder scores {scored} words, the vocabulary has {len(self._vocabulary)}; the files don't belong together")

    @overload
    def __call__(self, photos: Photo, **options: Any) -> Caption: ...
    @overload
    def __call__(self, photos: Sequence[Photo], **options: Any) -> list[Caption]: ...

    def __call__(self, photos: Photo | Sequence[Photo], **options: Any) -> Caption | list[Caption]:
        """Describe one photo (path, bytes, array, binary file) or a list of them. Options as in `stream`.

        Raises the first photo's error; `stream` goes on past bad photos.
        """
        if isinstance(photos, list | tuple):
            return [self._raise_or_return(said) for _, said in self.stream(photos, **options)]
        return self._raise_or_return(next(self.stream([photos], **options))[1])

    @staticmethod
    def _raise_or_return(said: "Caption | MediakitError") -> Caption:
        if isinstance(said, MediakitError):
            raise said
        return said

    def stream(
        self,
        photos: Iterable[Photo | MediakitError],
        *,
        beam: int | None = None,
        n_best: int = 1,
        sample: bool = False,
        temperature: float = 1.0,
        top_p: float = 0.9,
        seed: int = 0,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[tuple[Any, Caption | MediakitError]]:
        """Describe any number of photos at flat memory: yields each photo as given and its caption or error, in order.

        Args:
            photos: paths, bytes, arrays, binary files; an error among them is passed on in its place.
            beam: width of the beam search; 1 is greedy; the model's own choice by default.
            n_best: how many captions for each photo; all but the best are its `alternatives`.
            sample: draw words at random (nucleus sampling) with `temperature`, `top_p` and `seed`, in place of searching.
            max_pixels: photos with more pixels are errors.
        """
        decoding = self._options(beam, n_best, sample, temperature, top_p, seed)
        workers = self.threads or min(os.cpu_count() or 1, 4)
        mine = local()
        mine.encoder = self._encoder

        def encode(photo: Photo | MediakitError) -> dict[str, np.ndarray] | MediakitError:
            if isinstance(photo, MediakitError):
                return photo
            if not hasattr(mine, "encoder"):
                mine.encoder = self.folder.network("encoder")
            try:
                return mine.encoder(image=self._read(photo, max_pixels)[None].astype(np.float32))
            except MediakitError as error:
                return error

        source = iter(photos)
        first = list(islice(source, 2))
        if len(first) < 2:  # one photo needs no second encoder
            yield from self._write([(photo, encode(photo)) for photo in first], decoding, 0)
            return
        done = 0
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[tuple[Any, Future[Any]]] = deque()
            for photo in _chain(first, source):
                waiting.append((photo, pool.submit(encode, photo)))
                if len(waiting) >= 2 * GROUP + workers:
                    group = [waiting.popleft() for _ in range(GROUP)]
                    yield from self._write([(item, future.result()) for item, future in group], decoding, done)
                    done += GROUP
            while waiting:
                group = [waiting.popleft() for _ in range(min(GROUP, len(waiting)))]
                yield from self._write([(item, future.result()) for item, future in group], decoding, done)
                done += len(group)

    def _options(self, beam: int | None, n_best: int, sample: bool, temperature: float, top_p: float, seed: int) -> DecodingOptions:
        return DecodingOptions(
            start=START, end=END, max_length=self._max_words, forbidden=(PAD, START, UNKNOWN),
            **{**self._defaults, "beam": beam or self._defaults["beam"]},
            n_best=n_best, sample=sample, temperature=temperature, top_p=top_p, seed=seed,
        )  # fmt: skip

    def _read(self, photo: Any, max_pixels: int) -> np.ndarray:
        if isinstance(photo, np.ndarray):
            return photo_from_array(photo, size=self._size)
        return read_photo(photo, size=self._size, max_pixels=max_pixels)

    def _write(
        self, group: list[tuple[Any, dict[str, np.ndarray] | MediakitError]], options: DecodingOptions, first: int
    ) -> Iterator[tuple[Any, Caption | MediakitError]]:
        """Captions of a group of encoded photos by one search."""
        good = [(i, encoded) for i, (_, encoded) in enumerate(group) if not isinstance(encoded, MediakitError)]
        captions: dict[int, Caption] = {}
        if good:
            rows = {name: np.repeat(np.concatenate([encoded[name] for _, encoded in good]), options.width, axis=0) for name in good[0][1]}
            state = {name: rows.pop(name) for name in list(rows) if name.startswith("state_")}
            written = decode(_DecoderStep(self._decoder, rows), state, len(good), options, [first + i for i, _ in good])
            captions = {i: self._caption(hypotheses) for (i, _), hypotheses in zip(good, written, strict=True)}
        for i, (photo, encoded) in enumerate(group):
            yield photo, encoded if isinstance(encoded, MediakitError) else captions[i]

    def _caption(self, hypotheses: list[Hypothesis]) -> Caption:
        best, *others = [self._one(hypothesis) for hypothesis in hypotheses]
        return Caption(best.text, best.log_probability, best.words, best.attention, tuple(others))

    def _one(self, hypothesis: Hypothesis) -> Caption:
        words = tuple(self._vocabulary.words[token] for token in hypothesis.tokens)
        attention = np.zeros((0, 1, 1), np.float32) if hypothesis.attention is None else hypothesis.attention
        if hypothesis.attention is not None:
            side = round(attention.shape[1] ** 0.5)
            attention = attention.reshape(-1, side, side)
        return Caption(self._vocabulary.decode(hypothesis.tokens), hypothesis.log_probability, words, attention)


class _DecoderStep:
    """The decoder network as a decoding step; what it knows of the photos stays the same from word to word."""

    def __init__(self, network: Any, constants: dict[str, np.ndarray]):
        self._network, self._constants = network, constants

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult:
        result = self._network(tokens=tokens, **state, **self._constants)
        return StepResult(result.pop("log_probabilities"), {name: result[name] for name in state}, result.get("attention"))


def _chain(first: Iterable[Any], rest: Iterator[Any]) -> Iterator[Any]:
    yield from first
    yield from rest
