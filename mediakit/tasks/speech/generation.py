"""A WaveNet at run time, sample by sample, with queues of past activations (Paine et al. 2016).

Each layer needs what came into it one dilation ago. The queues keep that, so that a sample costs one pass over the layers, however
long the receptive field is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mediakit.media import mu_law
from mediakit.runtime.network import Network
from mediakit.tasks.speech.conditions import FRAME

Watch = Callable[[float], None]
DRAW = -1  # stands for a code that is drawn rather than given


@dataclass(frozen=True)
class Utterance:
    """A word to be said or measured.

    Args:
        label, speaker: their numbers.
        frames: features of its frames, float32 `[frames, FEATURES]`.
        given: codes that are given, `[samples]`; what follows is drawn.
    """

    label: int
    speaker: int
    frames: np.ndarray
    given: np.ndarray


class WaveNet:
    """The two networks of a speech model.

    Args:
        conditions: labels, speakers and frames to the `shifts` of all layers.
        step: the next samples; see `mediakit.recipes.wavenet_model.step_network`.
        dilations: of the layers.
    """

    def __init__(self, conditions: Network, step: Network, dilations: Sequence[int]):
        self._conditions, self._step, self._dilations = conditions, step, np.array(dilations)
        shapes = {tensor["name"]: tensor["shape"] for tensor in step.inputs}
        _, self.samples, width = shapes["past"]  # samples of a call
        self._window, self._noise = shapes["recent"][-1], shapes["noise"][-1]
        self._channels = width // len(dilations)
        # Rounded up, so that the activations of a call are never split.
        self._queue = -(-(int(max(dilations)) + self.samples) // self.samples) * self.samples

    def generate(
        self, utterances: Sequence[Utterance], temperature: float, rngs: Sequence[np.random.Generator], watch: Watch = lambda fraction: None
    ) -> list[np.ndarray]:
        """The codes of utterances, uint8 `[frames * FRAME]` each, all drawn side by side.

        Args:
            temperature: of the sampling; 0 takes the most probable component's mean.
            rngs: one for each utterance.
            watch: is called with the fraction that is done.
        """
        longest = max(len(one.frames) for one in utterances) * FRAME
        noise = np.stack([rng.gumbel(size=(longest, self._noise)) * temperature for rng in rngs]).astype(np.float32)
        codes, _ = self._run(utterances, noise, watch)
        return [row[: len(one.frames) * FRAME].astype(np.uint8) for row, one in zip(codes, utterances, strict=True)]

    def distributions(self, utterances: Sequence[Utterance]) -> list[np.ndarray]:
        """The distribution of each given code, float32 `[samples, units]` for each utterance."""
        longest = max(len(one.frames) for one in utterances) * FRAME
        noise = np.zeros((len(utterances), longest, self._noise), np.float32)
        _, found = self._run(utterances, noise, lambda fraction: None)
        return [row[: len(one.given)] for row, one in zip(found, utterances, strict=True)]

    def _run(self, utterances: Sequence[Utterance], noise: np.ndarray, watch: Watch) -> tuple[np.ndarray, np.ndarray]:
        """Codes `[utterances, samples]` and distributions `[utterances, samples, units]`."""
        count, total = noise.shape[:2]
        shifts, forced = self._shifts(utterances), np.full((count, total), DRAW, np.int32)
        for row, one in zip(forced, utterances, strict=True):
            row[: len(one.given)] = one.given
        codes = np.full((count, self._window + total), mu_law.SILENCE, np.int32)
        queues = np.zeros((count, self._queue, len(self._dilations), self._channels), np.float32)
        layers = np.arange(len(self._dilations))
        ago = np.arange(self.samples)[:, None] - self._dilations  # of what each sample and layer needs, from the call's first sample
        distributions = []
        for start in range(0, total, self.samples):
            end = start + self.samples
            if start % FRAME == 0:
                shift = np.ascontiguousarray(shifts[:, start // FRAME])
                shift.flags.writeable = False
                watch(start / total)
            made = self._step(
                recent=codes[:, start : start + self._window],
                past=queues[:, (start + ago) % self._queue, layers].reshape(count, self.samples, -1),
                shifts=shift,
                noise=noise[:, start:end],
                forced=forced[:, start:end],
            )
            codes[:, self._window + start : self._window + end] = made["codes"]
            place = start % self._queue
            queues[:, place : place + self.samples] = made["activations"].reshape(count, self.samples, len(layers), -1)
            distributions.append(made["distribution"])
        watch(1.0)
        return codes[:, self._window :], np.concatenate(distributions, axis=1)

    def _shifts(self, utterances: Sequence[Utterance]) -> np.ndarray:
        """What the layers are shifted by in each frame, `[utterances, frames, layers * 2 * channels]`; shorter ones are padded."""
        longest = max(len(one.frames) for one in utterances)
        frames = np.stack([np.pad(one.frames, ((0, longest - len(one.frames)), (0, 0)), mode="edge") for one in utterances])
        labels, speakers = (np.array([getattr(one, name) for one in utterances], np.int32) for name in ("label", "speaker"))
        return self._conditions(label=labels, speaker=speakers, frame=frames)["shifts"]


def log_probabilities(distributions: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Log-probabilities in nats of a recording's codes, float64 `[samples]`.

    Args:
        distributions: `[samples, 256]` logits, or `[samples, 3 * M]`, mixtures of M logistics as in
            `mediakit.layers.logistic_mixture`.
        codes: uint8 `[samples]`; before the first is silence.
    """
    parameters, codes = distributions.astype(np.float64), codes.astype(np.int64)
    if parameters.shape[1] == mu_law.CODES:
        return parameters[np.arange(len(codes)), codes] - np.logaddexp.reduce(parameters, axis=1)
    weights, means, log_scales = np.split(parameters, 3, axis=1)
    half = 1 / (mu_law.CODES - 1)
    values = codes * 2 * half - 1
    before = np.concatenate([[mu_law.SILENCE * 2 * half - 1], values[:-1]])
    narrowness = np.exp(-np.clip(log_scales - 4, -8, 3))
    distance = (values - before)[:, None] - 0.1 * means
    over = np.where((codes == 0)[:, None], 0, np.logaddexp(0, narrowness * (distance - half)))
    under = np.where((codes == mu_law.CODES - 1)[:, None], 0, np.logaddexp(0, -narrowness * (distance + half)))
    edge = ((codes == 0) | (codes == mu_law.CODES - 1))[:, None]
    width = np.where(edge, 0, np.log(-np.expm1(-2 * half * narrowness)))
    each = weights - np.logaddexp.reduce(weights, axis=1, keepdims=True) + width - over - under
    return np.logaddexp.reduce(each, axis=1)
