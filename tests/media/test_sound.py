"""Sound files to samples and back."""

import io
import wave

import av
import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.sound import read_sound, write_wav

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(1600) / 8000)).astype(np.float32)


def wav(samples, rate=8000):
    file = io.BytesIO()
    write_wav(samples, rate, file)
    return file.getvalue()


def encoded(samples, rate, container, codec):
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.rate = rate
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def test_wav_comes_back():
    np.testing.assert_allclose(read_sound(wav(TONE), "a.wav", 8000), TONE, atol=1 / 32768)


def test_louder_than_full_scale_is_clipped():
    np.testing.assert_allclose(read_sound(wav(np.array([2.0, -2.0])), "a.wav", 8000), [1, -1], atol=1 / 16384)


def test_another_rate_is_resampled():
    time = np.arange(8820) / 44100
    found = read_sound(wav(0.5 * np.sin(2 * np.pi * 440 * time), 44100), "a.wav", 8000)
    assert abs(len(found) - 1600) < 40
    np.testing.assert_allclose(found[400:1200], TONE[400:1200], atol=0.02)


def test_flac_is_read():
    np.testing.assert_allclose(read_sound(encoded(TONE, 8000, "flac", "flac"), "a.flac", 8000), TONE, atol=1e-3)


def test_channels_are_averaged():
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(np.array([[8192, 0], [0, -8192]], "<i2").tobytes())
    np.testing.assert_allclose(read_sound(file.getvalue(), "a.wav", 8000), [0.125, -0.125])


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 50, wav(TONE)[:30], wav(TONE[:0])])
def test_what_is_no_sound_is_told(content):
    with pytest.raises(InputError, match=r"^a\.wav: "):
        read_sound(content, "a.wav", 8000)
