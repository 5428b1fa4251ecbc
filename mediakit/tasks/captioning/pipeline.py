"""Photos in, captions out."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, overload

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.image import MAX_PIXELS, photo_from_array, read_photo
from mediakit.runtime.decoding import DecodingOptions, Hypothesis, State, StepResult, decode
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.workers import Pool, in_order
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN, Vocabulary

Photo = str | os.PathLike[str] | bytes | np.ndarray | IO[bytes]


@dataclass(frozen=True)
class Caption:
    """A caption.

    `log_probability` is natural; `attention` is where the model looked for each word, float32 `[words, rows,
    columns]`, and sums to 1 for each; `alternatives` are the next best captions, when they were asked for.
    """

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
        if threads is not None and threads < 1:
            raise InputError(f"threads is {threads}; it must be at least 1")
        self.folder, self.threads = folder, threads
        self._vocabulary = Vocabulary.read(folder.file("vocabulary"))
        self._decoding = _decoding(folder)
        self._networks = Pool(self._open)
        with self._networks.one() as networks:
            self._check(*networks)
            self._size = int(networks[0].inputs[0]["shape"][1])

    def __reduce__(self) -> Any:
        return type(self), (self.folder, self.threads)

    def _open(self) -> tuple[Network, Network]:
        return self.folder.network("encoder"), self.folder.network("decoder")

    def _check(self, encoder: Network, decoder: Network) -> None:
        given = {tensor["name"] for tensor in encoder.outputs} | {"tokens"}
        absent = [tensor["name"] for tensor in decoder.inputs if tensor["name"] not in given]
        if absent:
            raise ModelError(f"{self.folder.path}: the decoder wants {absent[0]}, which the encoder does not give")
        shapes = {tensor["name"]: tensor["shape"] for tensor in decoder.outputs}
        if "log_probabilities" not in shapes:
            raise ModelError(f"{self.folder.path}: the decoder has no output log_probabilities")
        scored = shapes["log_probabilities"][1]
        if scored != len(self._vocabulary):
            raise ModelError(
                f"{self.folder.path}: the decoder scores {scored} words, the vocabulary has {len(self._vocabulary)}; "
                "the files don't belong together"
            )

    @overload
    def __call__(self, photos: Photo, **options: Any) -> Caption: ...
    @overload
    def __call__(self, photos: Sequence[Photo], **options: Any) -> list[Caption]: ...

    def __call__(self, photos: Photo | Sequence[Photo], **options: Any) -> Caption | list[Caption]:
        """Describe one photo (path, bytes, array, binary file) or a list of them. Options as in `stream`.

        Raises the first photo's error; `stream` goes on past bad photos.
        """
        many: Any = photos if isinstance(photos, list | tuple) else [photos]
        said = [self._raise_or_return(said) for _, said in self.stream(many, **options)]
        return said if many is photos else said[0]

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
            sample: draw words at random (nucleus sampling) with `temperature`, `top_p` and `seed`, not by searching.
            max_pixels: photos with more pixels are errors.
        """
        options = replace(
            self._decoding,
            beam=self._decoding.beam if beam is None else beam,
            n_best=n_best,
            sample=sample,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
        )

        def describe(numbered: tuple[int, Any]) -> Caption | MediakitError:
            index, photo = numbered
            try:
                return photo if isinstance(photo, MediakitError) else self._describe(photo, max_pixels, options, index)
            except MediakitError as error:
                return error

        for (_, photo), said in in_order(describe, enumerate(photos), self.threads):
            yield photo, said

    def _describe(self, photo: Any, max_pixels: int, options: DecodingOptions, index: int) -> Caption:
        """One photo's caption, on networks that no other thread has."""
        # Several photos in one search take longer: what the decoder reads of each is too much for the cache together.
        pixels = self._read(photo, max_pixels)
        with self._networks.one() as (encoder, decoder):
            encoded = encoder(image=pixels[None].astype(encoder.inputs[0]["dtype"]))
            step = _DecoderStep(decoder, encoded, options.width)
            [hypotheses] = decode(step, step.first_state, 1, options, [index])
        if not hypotheses:
            raise ModelError(f"{self.folder.path}: the decoder gives no probabilities; export the model again")
        return self._caption(hypotheses)

    def _read(self, photo: Any, max_pixels: int) -> np.ndarray:
        if isinstance(photo, np.ndarray):
            return photo_from_array(photo, size=self._size)
        return read_photo(photo, size=self._size, max_pixels=max_pixels)

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
    """The decoder network as a decoding step for one photo, of which it knows the same from word to word."""

    def __init__(self, network: Network, encoded: dict[str, np.ndarray], width: int):
        self._network = network
        wanted = [tensor["name"] for tensor in network.inputs if tensor["name"] != "tokens"]
        rows = {name: np.repeat(encoded[name], width, axis=0) for name in wanted}
        self.first_state = {name: rows.pop(name) for name in wanted if name.startswith("state_")}
        for array in rows.values():
            array.flags.writeable = False  # copied into the network once
        self._constants = rows

    def __call__(self, tokens: np.ndarray, state: State) -> StepResult:
        result = self._network(tokens=tokens, **state, **self._constants)
        return StepResult(result["log_probabilities"], {name: result[name] for name in state}, result.get("attention"))


def _decoding(folder: ModelFolder) -> DecodingOptions:
    """How the model's manifest says to write."""
    config = folder.manifest.get("config", {})
    try:
        return DecodingOptions(
            start=START,
            end=END,
            max_length=int(config.get("max_words", 20)),
            forbidden=(PAD, START, UNKNOWN),
            **config.get("decoding", {}),
        )
    except (TypeError, ValueError, InputError) as error:
        raise ModelError(f"{folder.path}: its manifest's config cannot be used for decoding: {error}") from error
