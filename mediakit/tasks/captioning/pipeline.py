"""Photos in, captions out."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError, ModelError
from mediakit.media.image import MAX_PIXELS, ImageSource, photo_from_array, read_photo
from mediakit.runtime.confidence import Confidence
from mediakit.runtime.decoding import DecodingOptions, Hypothesis, State, StepResult, decode
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult
from mediakit.runtime.workers import Pool
from mediakit.tasks.captioning.concepts import Concepts, Seen
from mediakit.tasks.captioning.confidence import FEATURES, features
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from PIL.Image import Image

Photo = ImageSource | np.ndarray


@dataclass(frozen=True, repr=False)
class Caption(DrawnResult):
    """A caption of a photo.

    Attributes:
        text: the caption.
        log_probability: its natural logarithm.
        words: the caption's words.
        attention: where the model looked for each word, float32 `[words, rows, columns]`; each word's map sums to 1.
        support: how probable the persons and things are that the words name, float `[words that name one]`.
        score: the calibrated probability that the caption is right; None for a model without a calibration.
        concepts: the persons and things in the photo, most probable first.
        features: the encoder's features averaged over the photo, float32 `[n]`; similar photos have similar ones.
        alternatives: the next best captions, if they were asked for.
        photo: the photo's path; None if it was not given as a path.
    """

    text: str
    log_probability: float
    words: tuple[str, ...]
    attention: np.ndarray = field(compare=False)
    support: np.ndarray = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    score: float | None = None
    concepts: tuple[Seen, ...] = ()
    features: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32), compare=False, repr=False)
    alternatives: tuple["Caption", ...] = ()
    photo: str | os.PathLike[str] | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `caption`, `log_probability`, `score`, `concepts` (word and probability), and `alternatives`, which each
        have the first three keys."""
        best, *others = (one._said() for one in (self, *self.alternatives))
        concepts = [{"word": seen.word, "probability": round(seen.probability, 3)} for seen in self.concepts]
        return {**best, "concepts": concepts, "alternatives": others}

    def at_least(self, score: float) -> "Caption":
        """This caption if its score is at least `score`; otherwise one that names the most probable person or thing ("a photo of a
        cup, perhaps"), or an empty one where none is as probable as that. Alternatives below `score` are dropped. Without a
        calibration there is no score to compare, and nothing changes."""
        if self.score is None:
            return self
        others = tuple(other for other in self.alternatives if other.score is None or other.score >= score)
        if self.score >= score:
            return replace(self, alternatives=others)
        named = self.concepts and self.concepts[0].probability >= score
        text = f"a photo of {self.concepts[0].phrase}, perhaps" if named else ""
        return replace(self, text=text, alternatives=others)

    def _said(self) -> dict[str, Any]:
        score = None if self.score is None else round(self.score, 3)
        return {"caption": self.text, "log_probability": round(self.log_probability, 4), "score": score}

    def draw(self) -> "Image":
        """The photo once per word, bright where the model looked. Raises InputError when the photo cannot be read again."""
        from mediakit.media.figures import draw_attention

        if self.photo is None:
            raise InputError("the photo was not given as a path, so it cannot be drawn again")
        return draw_attention(read_photo(self.photo), self.words, self.attention)


def load(folder: ModelFolder, *, threads: int | None = None) -> "Captioner":
    """The pipeline of a captioning model folder."""
    return Captioner(folder, threads)


class Captioner(Pipeline[Photo, Caption]):
    """Describes photos: paths, bytes, arrays uint8 `[height, width, 3]`, or open binary files.

    Args:
        folder: an opened model folder of the task captioning.
        threads: how many photos are described side by side; by default one per processor, at most four.
    """

    columns = ("caption", "log_probability", "score", "concepts", "alternatives")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._vocabulary = Vocabulary.read(folder.file("vocabulary"))
        self._decoding = _decoding(folder)
        self._concepts = _concepts(folder, self._vocabulary)
        self._confidence = Confidence.read(folder, FEATURES)
        self._networks = Pool(self._open)
        with self._networks.one() as (seeing, decoder):
            self._check(seeing[-1], decoder)
            self._size = int(seeing[0].inputs[0]["shape"][1])

    def _open(self) -> tuple[list[Network], Network]:
        """The networks that see a photo, one after the other, and the decoder."""
        seeing = [name for name in ("encoder", "head") if name in self.folder.manifest["networks"]]
        return [self.folder.network(name) for name in seeing], self.folder.network("decoder")

    def _check(self, seeing: Network, decoder: Network) -> None:
        given = {tensor["name"] for tensor in seeing.outputs} | {"tokens"}
        absent = [tensor["name"] for tensor in decoder.inputs if tensor["name"] not in given]
        if absent:
            raise ModelError(f"{self.folder.path}: the decoder needs {absent[0]}, which the encoder does not provide")
        shapes = {tensor["name"]: tensor["shape"] for tensor in decoder.outputs}
        if "log_probabilities" not in shapes:
            raise ModelError(f"{self.folder.path}: the decoder has no output log_probabilities")
        scored = shapes["log_probabilities"][1]
        if scored != len(self._vocabulary):
            raise ModelError(
                f"{self.folder.path}: the decoder scores {scored} words, the vocabulary has {len(self._vocabulary)}; "
                "the files don't belong together"
            )

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
    ) -> Iterator[tuple[Photo | MediakitError, Caption | MediakitError]]:
        """Yield each photo with its caption or error, in order, at flat memory.

        Args:
            photos: paths, bytes, arrays, binary files; an error among them is yielded in its place.
            beam: width of the beam search, 1 for greedy; by default the model's own.
            n_best: how many captions per photo; all but the best are its `alternatives`.
            sample: sample words from the nucleus (`temperature`, `top_p`, `seed`) rather than search.
            max_pixels: photos with more pixels are errors.

        Raises InputError for options out of range.
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
        return self._one_by_one(photos, lambda index, photo: self._describe(photo, max_pixels, options, index))

    def _describe(self, photo: Photo, max_pixels: int, options: DecodingOptions, index: int) -> Caption:
        # One photo per search: what the decoder reads of several photos does not fit in the cache.
        pixels = self._read(photo, max_pixels)
        with self._networks.one() as (seeing, decoder):
            encoded, features = {"image": pixels[None].astype(seeing[0].inputs[0]["dtype"])}, np.zeros(0, np.float32)
            for network in seeing:
                encoded = network(**encoded)
                features = encoded["regions"][0].mean(axis=0) if "regions" in encoded else features
            probabilities = encoded["concepts"][0] if self._concepts else np.zeros(0, np.float32)
            if self._concepts:
                unseen = self._concepts.forbidden(probabilities)
                options = replace(options, forbidden=options.forbidden + unseen, once=self._concepts.once)
            step = _DecoderStep(decoder, encoded, options.width)
            [hypotheses] = decode(step, step.first_state, 1, options, [index])
        if not hypotheses:
            raise ModelError(f"{self.folder.path}: the decoder gives no probabilities; export the model again")
        path = photo if isinstance(photo, str | os.PathLike) else None
        best, *others = (self._caption(hypothesis, probabilities, path) for hypothesis in hypotheses)
        seen = self._concepts.seen(probabilities) if self._concepts else ()
        return replace(best, concepts=seen, features=features, alternatives=tuple(others))

    def _read(self, photo: Photo, max_pixels: int) -> np.ndarray:
        if isinstance(photo, np.ndarray):
            return photo_from_array(photo, size=self._size)
        return read_photo(photo, size=self._size, max_pixels=max_pixels)

    def _caption(self, hypothesis: Hypothesis, probabilities: np.ndarray, photo: str | os.PathLike[str] | None) -> Caption:
        words = tuple(self._vocabulary.words[token] for token in hypothesis.tokens)
        attention = np.zeros((0, 1, 1), np.float32) if hypothesis.attention is None else hypothesis.attention
        if hypothesis.attention is not None:
            side = round(attention.shape[1] ** 0.5)
            attention = attention.reshape(-1, side, side)
        support = self._concepts.support(hypothesis.tokens, probabilities) if self._concepts else np.zeros(0)
        score = self._confidence(features(hypothesis.log_probability, len(words), support)) if self._confidence else None
        text = self._vocabulary.decode(hypothesis.tokens)
        return Caption(text, hypothesis.log_probability, words, attention, support, score, photo=photo)


class _DecoderStep:
    """The decoder network as a decoding step for one photo, whose encoding stays the same from word to word."""

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


def _concepts(folder: ModelFolder, vocabulary: Vocabulary) -> Concepts | None:
    """The model's concepts; None for a model without."""
    if "concepts" not in folder.manifest.get("files", {}):
        return None
    return Concepts.read(folder.file("concepts"), vocabulary, folder.manifest.get("config", {}).get("limits", {}))


def _decoding(folder: ModelFolder) -> DecodingOptions:
    """The decoding options of the model's manifest."""
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
        raise ModelError(f"{folder.path}: its manifest's config does not fit the decoder: {error}") from error
