"""Numbers as text in, speech out."""

import io
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import InputError, MediakitError
from mediakit.media import mu_law
from mediakit.media.sound import read_sound, write_wav
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import DrawnResult
from mediakit.runtime.seeds import check_seed
from mediakit.runtime.workers import Pool
from mediakit.tasks.speech.conditions import frame_features, level_of, sketch_of
from mediakit.tasks.speech.generation import Utterance, Watch, WaveNet, log_probabilities
from mediakit.tasks.speech.sketches import Sketches
from mediakit.tasks.speech.voices import Voices

if TYPE_CHECKING:
    from PIL.Image import Image

Sound = str | os.PathLike[str] | bytes
PAUSE = 0.15  # seconds between words
TEMPERATURE = 0.95
CANDIDATES = 3  # sounds of each word, of which the one nearest to its sketch is taken
SIDE_BY_SIDE = 12  # sounds that are generated together
MOST_WORDS = 1000
PEAK = 0.95  # of a word, at most
FADE = 40  # samples at the end of a word: it would click where it is cut
AFTER_START = 0.1  # seconds of a word that are drawn at least, after a given beginning


@dataclass(frozen=True, repr=False)
class Speech(DrawnResult):
    """What was said.

    Attributes:
        text: that was asked for.
        words: that were said, in order.
        speaker: in whose voice.
        samples: float32 `[samples]` in -1..1.
        rate: samples per second.
        seed: from which it was drawn.
    """

    text: str
    words: tuple[str, ...]
    speaker: str
    samples: np.ndarray = field(compare=False)
    rate: int
    seed: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def wav(self) -> bytes:
        """The bytes of a 16-bit WAV file."""
        file = io.BytesIO()
        write_wav(self.samples, self.rate, file)
        return file.getvalue()

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a WAV file."""
        Path(path).write_bytes(self.wav())

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `text`, `words`, `speaker`, `seconds`, `rate`, `seed`."""
        return {
            "text": self.text,
            "words": list(self.words),
            "speaker": self.speaker,
            "seconds": round(self.seconds, 3),
            "rate": self.rate,
            "seed": self.seed,
        }

    def to_row(self) -> dict[str, Any]:
        """As `to_dict`, and the sound as `wav`, the bytes of a file."""
        return {**self.to_dict(), "wav": self.wav()}

    def draw(self) -> "Image":
        """The waveform above its spectrogram."""
        from mediakit.media.sound_figures import draw_sound

        return draw_sound(self.samples, self.rate, f"{' '.join(self.words)}, {self.speaker}, seed {self.seed}")


def load(folder: ModelFolder, *, threads: int | None = None) -> "Speaker":
    """The pipeline of a speech model folder."""
    return Speaker(folder, threads)


class Speaker(Pipeline[str, Speech]):
    """Says texts that consist of the words that its model knows.

    Args:
        folder: an opened model folder of the task speech.
        threads: how many texts are said side by side; by default one per processor, at most four.

    Attributes:
        voices: what the model can say, and in whose voice.
    """

    columns = ("text", "words", "speaker", "seconds", "rate", "seed", "wav")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self.voices = Voices.read(folder.file("voices"))
        self._sketches = Sketches.read(folder.file("sketches"))
        self._networks = Pool(lambda: WaveNet(folder.network("conditions"), folder.network("step"), self.voices.dilations))

    def stream(
        self,
        texts: Iterable[str | MediakitError],
        *,
        speaker: str | None = None,
        temperature: float = TEMPERATURE,
        pause: float = PAUSE,
        seed: int = 0,
        candidates: int = CANDIDATES,
        start: Sound | None = None,
        watch: Callable[[int, float], None] = lambda index, fraction: None,
    ) -> Iterator[tuple[str | MediakitError, Speech | MediakitError]]:
        """Yield each text with its speech or error, in order, at flat memory.

        Args:
            texts: numbers, or other words that the model knows.
            speaker: in whose voice; by default one that the seed draws.
            temperature: of the sampling, above 0 and at most 2; lower is clearer and duller.
            pause: seconds of silence between words, at most 10.
            seed: of all texts; the same seed and options give the same sound.
            candidates: sounds of each word, at most 12, of which the one nearest to its sketch is taken: clearer, and slower.
            start: a sound file, or its bytes: the beginning of the first word, which is continued.
            watch: is called with a text's place in the stream and the fraction of it that is done.

        Raises InputError for options out of range and an unknown speaker.
        """
        check(temperature, pause, candidates)
        seed = check_seed(seed)
        if speaker is not None:
            self.voices.speaker_number(speaker)
        beginning = None if start is None else _read(start, self.voices.rate)

        def say(index: int, text: str) -> Speech:
            if not isinstance(text, str):
                raise InputError(f"a text is wanted, not {type(text).__name__}")
            words = self.voices.words(text)
            if len(words) > MOST_WORDS:
                raise InputError(f"the text has {len(words):,} words; at most {MOST_WORDS:,} are said at once")
            chosen = speaker or str(np.random.default_rng([seed, 0]).choice(list(self.voices.speakers)))
            planned = [self._plan(word, chosen, np.random.default_rng([seed, 1 + place])) for place, word in enumerate(words)]
            if beginning is not None:
                least = len(beginning) + round(AFTER_START * self.voices.rate)
                planned[0] = replace(planned[0], given=beginning, length=max(planned[0].length, least))
            silence = np.zeros(round(pause * self.voices.rate), np.float32)
            sounds = self._sounds(planned, temperature, candidates, partial(watch, index))
            samples = np.concatenate([part for sound in sounds for part in (silence, sound)][1:])
            return Speech(text, tuple(words), chosen, samples, self.voices.rate, seed)

        return self._one_by_one(texts, say)

    def _plan(self, word: str, speaker: str, rng: np.random.Generator) -> "_Word":
        """A word that sounds and lasts like one of those that were learned from."""
        sketch = self._sketches.draw(self.voices.labels.index(word), self.voices.speakers.index(speaker), rng)
        return _Word(word, speaker, sketch.length, sketch.frames, np.zeros(0, np.float32), rng)

    def _sounds(self, words: Sequence["_Word"], temperature: float, candidates: int, watch: Watch) -> Iterator[np.ndarray]:
        """The samples of each word, several words and candidates side by side."""
        size = max(1, SIDE_BY_SIDE // candidates)
        with self._networks.one() as network:
            for first in range(0, len(words), size):
                part = words[first : first + size]
                each = [one for one in part for _ in range(candidates)]
                rngs = [rng for one in part for rng in one.rng.spawn(candidates)]
                within = partial(_watch_part, watch, first, len(part), len(words))
                codes = network.generate([self._to_say(one) for one in each], temperature, rngs, within)
                sounds = [mu_law.decode(row[: one.length]) for row, one in zip(codes, each, strict=True)]
                for number, one in enumerate(part):
                    sound = nearest(one.sketch, sounds[number * candidates : (number + 1) * candidates], self.voices.rate)
                    yield faded(sound if len(one.given) else levelled(sound, self.voices.level))

    def _to_say(self, word: "_Word") -> Utterance:
        frames = frame_features(word.length, self.voices.rate, self.voices.level, word.sketch)
        speaker = self.voices.speakers.index(word.speaker)
        return Utterance(self.voices.labels.index(word.label), speaker, frames, mu_law.encode(word.given))

    def _to_measure(self, label: str, speaker: str | None, samples: np.ndarray) -> Utterance:
        """A recording, of which level and sketch are not given; a speaker that the model does not know is the unknown one."""
        voices = self.voices
        number = voices.speakers.index(speaker) if speaker in voices.speakers else len(voices.speakers)
        frames = frame_features(len(samples), voices.rate, None)
        return Utterance(voices.labels.index(label), number, frames, mu_law.encode(samples))

    def log_likelihoods(self, recordings: Iterable[tuple[str, str | None, np.ndarray]]) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the number of each recording and the exact log-probabilities of its mu-law codes, float64 `[samples]`, in nats.

        What is said, its length and the speaker are given; level and sketch are not.

        Args:
            recordings: label, speaker (None or another name than the model's: unknown), and samples in -1..1 at `voices.rate`.

        Raises InputError for a label that the model cannot say.
        """
        rows = list(recordings)
        for label, _, samples in rows:
            if label not in self.voices.labels:
                raise InputError(f"a recording of {label!r}: the model knows {', '.join(self.voices.labels)}")
            if not len(samples):
                raise InputError(f"a recording of {label!r} is empty")
        order = sorted(range(len(rows)), key=lambda row: len(rows[row][2]))
        with self._networks.one() as network:
            for first in range(0, len(order), SIDE_BY_SIDE):
                part = order[first : first + SIDE_BY_SIDE]
                utterances = [self._to_measure(*rows[i]) for i in part]
                for row, one, found in zip(part, utterances, network.distributions(utterances), strict=True):
                    yield row, log_probabilities(found, one.given)


@dataclass(frozen=True)
class _Word:
    """A word that is going to be said.

    Attributes:
        label, speaker: by name.
        length: in samples.
        sketch: how it is to sound, float32 `[frames, SKETCH]`.
        given: its beginning, samples in -1..1.
        rng: draws its samples.
    """

    label: str
    speaker: str
    length: int
    sketch: np.ndarray
    given: np.ndarray
    rng: np.random.Generator


def _watch_part(watch: Watch, before: int, count: int, words: int, fraction: float) -> None:
    """Report a fraction of `count` words that follow `before` others as one of all words."""
    watch((before + count * fraction) / words)


def check(temperature: float, pause: float, candidates: int) -> None:
    """Raise InputError for options out of range."""
    if not (math.isfinite(temperature) and 0 < temperature <= 2):
        raise InputError(f"the temperature is {temperature}; it must be above 0 and at most 2")
    if not 0 <= pause <= 10:
        raise InputError(f"the pause is {pause} seconds; it must be 0 to 10")
    if not 1 <= candidates <= SIDE_BY_SIDE:
        raise InputError(f"candidates is {candidates}; it must be 1 to {SIDE_BY_SIDE}")


def nearest(sketch: np.ndarray, sounds: Sequence[np.ndarray], rate: int) -> np.ndarray:
    """The sound whose own sketch is nearest to a given one."""
    if len(sounds) == 1:
        return sounds[0]

    def distance(sound: np.ndarray) -> float:
        found = sketch_of(sound, rate)
        frames = min(len(found), len(sketch))
        return float(np.abs(found[:frames] - sketch[:frames]).mean())

    return min(sounds, key=distance)


def levelled(samples: np.ndarray, level: float) -> np.ndarray:
    """Samples at a level in dB of full scale, or as near to it as their peak allows: words are drawn louder or softer by chance."""
    gain = min(10 ** ((level - level_of(samples)) / 20), PEAK / max(float(np.abs(samples).max()), 1e-4))
    return samples * np.float32(gain)


def faded(samples: np.ndarray) -> np.ndarray:
    """Samples that fall to 0 within the last few."""
    count = min(FADE, len(samples))
    samples[len(samples) - count :] *= np.linspace(1, 0, count, dtype=np.float32)
    return samples


def _read(start: Sound, rate: int) -> np.ndarray:
    """The samples of a sound file or its bytes. Raises InputError if it cannot be read."""
    if isinstance(start, bytes):
        return read_sound(start, "the beginning", rate)
    try:
        content = Path(start).read_bytes()
    except OSError as error:
        raise InputError(f"{os.fsdecode(start)}: {error.strerror or error}") from error
    return read_sound(content, os.fsdecode(start), rate)
