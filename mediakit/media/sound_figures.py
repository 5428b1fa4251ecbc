"""Pictures of sound: waveforms and spectrograms."""

import numpy as np
from PIL import Image, ImageDraw

from mediakit.media.figures import INK, PAPER
from mediakit.media.fonts import font_for

WINDOW, HOP = 0.016, 0.002  # seconds of a spectrum, and between two
RANGE = 60.0  # dB that a spectrogram shows below the loudest
PER_SECOND = 600  # pixels
WAVE_HEIGHT, SPECTRUM_HEIGHT, TITLE = 90, 150, 26
WIDEST = 8000  # pixels
WAVE = (38, 84, 124)


def draw_sound(samples: np.ndarray, rate: int, title: str) -> Image.Image:
    """The waveform above the spectrogram, both over the same time.

    Args:
        samples: `[samples]` in -1..1.
        rate: samples per second.
        title: above both.
    """
    width = int(np.clip(len(samples) / rate * PER_SECOND, 120, WIDEST))
    font = font_for(title or "0", 14)
    sheet = Image.new("RGB", (max(width, int(font.getlength(title)) + 8), TITLE + WAVE_HEIGHT + SPECTRUM_HEIGHT), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((4, 5), title, INK, font)
    loudest = max(float(np.abs(samples).max(initial=0)), 1e-4)
    parts = np.array_split(samples, width) if len(samples) >= width else [samples]
    middle = TITLE + WAVE_HEIGHT // 2
    for x, part in enumerate(parts):
        if len(part):
            low, high = (middle - float(value) / loudest * (WAVE_HEIGHT // 2 - 3) for value in (part.max(), part.min()))
            draw.line((x, low, x, high), WAVE)
    sheet.paste(_spectrogram(samples, rate).resize((width, SPECTRUM_HEIGHT), Image.Resampling.BILINEAR), (0, TITLE + WAVE_HEIGHT))
    return sheet


def decibels(samples: np.ndarray, rate: int) -> np.ndarray:
    """Power by time and frequency in dB below the loudest, float32 `[times, frequencies]`."""
    window, hop = round(WINDOW * rate), max(1, round(HOP * rate))
    padded = np.pad(samples, (window // 2, window - window // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, 2 * window)) ** 2
    return 10 * np.log10(power / max(float(power.max()), 1e-12) + 1e-12).astype(np.float32)


def _spectrogram(samples: np.ndarray, rate: int) -> Image.Image:
    """Loud is dark; low frequencies are at the bottom."""
    shade = np.clip(1 + decibels(samples, rate) / RANGE, 0, 1)
    return Image.fromarray((255 * (1 - shade.T[::-1])).astype(np.uint8)).convert("RGB")
