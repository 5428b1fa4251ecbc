"""What a WaveNet is told of each frame of a word besides its label and speaker: where in the word it is, how loud the word is, and
a sketch of how it sounds."""

from itertools import pairwise

import numpy as np

FRAME = 80  # samples for which the conditions stay the same: 10 ms at 8 kHz
PLACES = 6  # features of place, length and level
BANDS = 12
SKETCH = BANDS + 2  # numbers that sketch the sound of a frame: power in bands, voicing, pitch
FEATURES = PLACES + SKETCH + 1  # of a frame
USUAL_SECONDS = 0.45
WINDOW = 3  # frames of a spectrum
LOWEST_BAND = 100.0  # Hz
PITCHES = (70.0, 350.0)  # Hz
USUAL_PITCH = 130.0


def frame_count(samples: int) -> int:
    """How many frames cover that many samples."""
    return -(-samples // FRAME)


def frame_features(samples: int, rate: int, level: float | None, sketch: np.ndarray | None = None) -> np.ndarray:
    """The features of each frame of a word, float32 `[frames, FEATURES]`.

    Args:
        samples: its length.
        rate: samples per second.
        level: root mean square of its samples in dB of full scale; None if it is not known.
        sketch: of its frames, `[frames, SKETCH]`; the last is repeated for those that are missing. None if it is not known.

    The features: relative position, time since the beginning, time to the end, length of the word, its level, and whether that is
    known; the sketch, and whether that is known.
    """
    middle = (np.arange(frame_count(samples)) + 0.5) * FRAME
    features = np.zeros((len(middle), FEATURES), np.float32)
    features[:, 0] = np.minimum(middle / samples, 1)
    features[:, 1] = np.minimum(middle / rate / USUAL_SECONDS, 2)
    features[:, 2] = np.clip((samples - middle) / rate / USUAL_SECONDS, 0, 2)
    features[:, 3] = np.clip(np.log2(samples / rate / USUAL_SECONDS), -2, 2)
    features[:, 4] = 0 if level is None else (level + 25) / 10
    features[:, 5] = level is not None
    if sketch is not None:
        features[:, PLACES:-1] = sketch[np.minimum(np.arange(len(middle)), len(sketch) - 1)]
        features[:, -1] = 1
    return features


def level_of(samples: np.ndarray) -> float:
    """Root mean square of samples in -1..1, in dB of full scale."""
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-10))


def sketch_of(samples: np.ndarray, rate: int) -> np.ndarray:
    """What each frame of a recording sounds like, roughly: float32 `[frames, SKETCH]`, the same at any level.

    Power in bands from `LOWEST_BAND` on, equally wide in logarithmic frequency, relative to the recording's level, in 20 dB; the
    peak of the autocorrelation among usual pitches, 0 to 1; and that pitch in octaves from a usual one.
    """
    count, width = frame_count(len(samples)), WINDOW * FRAME
    before = (width - FRAME) // 2
    padded = np.pad(samples.astype(np.float64), (before, count * FRAME - len(samples) + width - FRAME - before))
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::FRAME][:count] * np.hanning(width)
    power = np.abs(np.fft.rfft(frames, 2 * width)) ** 2
    edges = np.geomspace(LOWEST_BAND, rate / 2, BANDS + 1) * 2 * width / rate
    edges = np.round(edges).astype(int)
    bands = np.stack([power[:, low : max(high, low + 1)].mean(axis=1) for low, high in pairwise(edges.tolist())], axis=1)
    reference = np.mean(np.square(samples, dtype=np.float64)) * np.sum(np.hanning(width) ** 2) + 1e-12
    loudness = np.clip(10 * np.log10(bands / reference + 1e-6) / 20, -3, 2)
    correlation = np.fft.irfft(power)
    shortest, longest = round(rate / PITCHES[1]), round(rate / PITCHES[0])
    among = correlation[:, shortest : longest + 1] / np.maximum(correlation[:, :1], 1e-12)
    lag = among.argmax(axis=1)
    voicing = np.clip(among[np.arange(count), lag], 0, 1)
    pitch = np.log2(rate / (lag + shortest) / USUAL_PITCH) * (voicing > 0.3)
    return np.column_stack([loudness, voicing, pitch]).astype(np.float32)
