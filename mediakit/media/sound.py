"""Sound files to samples and back: plain WAV by the standard library, all else (FLAC, OGG, MP3, ...) by FFmpeg through PyAV."""

import io
import wave
from collections.abc import Iterator
from typing import IO

import numpy as np

from mediakit.errors import InputError

ENDINGS = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aiff", ".aif")
LONGEST = 600  # seconds
FULL_SCALE = 32768  # of 16 bits


def read_sound(content: bytes, name: str, rate: int) -> np.ndarray:
    """A sound file's samples, its channels averaged, float32 `[samples]` in -1..1.

    Args:
        content: of the file.
        name: for messages.
        rate: samples per second; a file of another rate is resampled.

    Raises InputError for what is no sound file, holds no samples, or lasts longer than `LONGEST` seconds.
    """
    samples = _plain_wav(content, rate)
    if samples is None:
        samples = _decoded(content, name, rate)
    if not len(samples):
        raise InputError(f"{name}: holds no sound")
    if len(samples) > LONGEST * rate:
        raise InputError(f"{name}: lasts {len(samples) / rate:.0f} seconds; at most {LONGEST} are read")
    return samples


def write_wav(samples: np.ndarray, rate: int, file: IO[bytes]) -> None:
    """Write samples `[samples]` in -1..1 as a mono 16-bit WAV file; louder ones are clipped."""
    buffer = io.BytesIO()  # the header is corrected at the end, which a pipe does not allow
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes())
    file.write(buffer.getvalue())


def _plain_wav(content: bytes, rate: int) -> np.ndarray | None:
    """The samples of a 16-bit PCM WAV file of this rate; None for any other file."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            if file.getsampwidth() != 2 or file.getframerate() != rate:
                return None
            channels, frames = file.getnchannels(), file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        return None
    values = np.frombuffer(frames[: len(frames) // (2 * channels) * 2 * channels], "<i2")
    return (values.astype(np.float32) / FULL_SCALE).reshape(-1, channels).mean(axis=1)


def _decoded(content: bytes, name: str, rate: int) -> np.ndarray:
    import av

    try:
        with av.open(io.BytesIO(content)) as container:
            if not container.streams.audio:
                raise InputError(f"{name}: holds no sound")
            parts = list(_resampled(container, rate))
    except (av.FFmpegError, ValueError) as error:
        raise InputError(f"{name}: is no sound file that can be read, or it is damaged") from error
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _resampled(container, rate: int) -> Iterator[np.ndarray]:  # type: ignore[no-untyped-def]
    """The samples of a container's first sound stream, part by part, until there are more than enough."""
    from av.audio.resampler import AudioResampler

    resampler, left = AudioResampler("flt", "mono", rate), (LONGEST + 1) * rate
    for frame in container.decode(audio=0):
        for part in resampler.resample(frame):
            yield part.to_ndarray().ravel()
            left -= part.samples
        if left < 0:
            return
    for part in resampler.resample(None):
        yield part.to_ndarray().ravel()
