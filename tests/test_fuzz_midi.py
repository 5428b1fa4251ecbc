"""No bytes make the reader of MIDI files fail with anything but a MediakitError, or take much time or memory.

`MEDIAKIT_FUZZ=10000 pytest tests/test_fuzz_midi.py` tries so many inputs; by default it is a few.
"""

import io
import os
import tracemalloc
import warnings
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.errors import InputWarning, MediakitError
from mediakit.media.keys import Key
from mediakit.media.midi import MAX_BEATS, MAX_BYTES, read_midi, write_midi
from mediakit.media.midi_chunks import MOST_EVENTS
from mediakit.media.musicxml import write_musicxml
from mediakit.media.score import Change, Metre, Note, Score, Track, to_roll

EXAMPLES = int(os.environ.get("MEDIAKIT_FUZZ", "30"))
REPEATS = 20_000
MOST_MEMORY = 2**30 * REPEATS // MOST_EVENTS  # so that the most events take at most 1 GiB


def written(score):
    file = io.BytesIO()
    write_midi(score, file)
    return file.getvalue()


LINE = tuple(Note(i / 2, 0.5, 60 + i % 12) for i in range(12))
SAMPLE = written(
    Score(
        (Track("Melody", LINE), Track("Drums", LINE[:4], drums=True)),
        96.0,
        Metre(3, 4),
        6.0,
        Key(2, True),
        (Change(2, tempo=140.0), Change(3, metre=Metre(6, 8), key=Key(9, False))),
    )
)
ODD = [
    b"MTrk", b"MThd", b"MTrk\xff\xff\xff\xff", b"MTrk\0\0\0\0", b"XFIH\0\0\0\4", b"\0\xff\x2f\0", b"\0\xff\x59\2\x08\0",
    b"\xff\xff\xff\x7f", b"\0\xff\x51\3\0\0\0", b"\0\xff\x51\3\0\0\1", b"\0\xff\x58\4\0\xff\0\0", b"\0\xf0\x7f", b"\0\xf7\0", b"\xf8",
    b"\x80",
    b"\0\x90\xff\xff",
]  # fmt: skip
# Long inputs, which must neither hang nor fill the memory.
LONG = {
    "empty tracks": SAMPLE[:14] + b"MTrk\0\0\0\0" * REPEATS,
    "headers": b"MThd\0\0\0\6\0\1\xff\xff\1\xe0" * REPEATS,
    "vendor chunks": SAMPLE[:14] + b"MTrk\0\0\0\0" + b"AAAA\0\0\0\0" * REPEATS,
    "notes": SAMPLE[:14] + b"MTrk\0\0\0\0\0\x90\x40\x40" + b"\0\x40\x40" * REPEATS,
    "system exclusive": SAMPLE[:14] + b"MTrk\0\0\0\0" + b"\0\xf0\0" * REPEATS,
    "names": SAMPLE[:14] + b"MTrk\0\0\0\0" + b"\0\xff\3\x01a" * REPEATS,
    "changes": SAMPLE[:14] + b"MTrk\0\0\0\0" + b"\1\xff\x51\3\1\0\0\1\xff\x51\3\2\0\0" * REPEATS + SAMPLE[14:],
    "zeros": SAMPLE + bytes(MAX_BYTES - len(SAMPLE)),
    "random delays": SAMPLE[:14] + b"MTrk\0\0\0\0" + b"\xff\xff\xff\x7f\x90\x40\x40" * REPEATS,
}


@st.composite
def mutated(draw):
    """The bytes of a file with pieces cut, repeated or replaced."""
    content = SAMPLE
    for _ in range(draw(st.integers(0, 6))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(content))] * 2)))
        start = start if draw(st.booleans()) else max(start, end - 4)
        piece = draw(st.one_of(st.sampled_from(ODD), st.binary(max_size=6), st.just(content[start:end] * 2)))
        content = content[:start] + piece + content[end:]
    return content


def use(content):
    """Read a file and do with it what the commands do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InputWarning)
        with suppress(MediakitError):
            score = read_midi(content)
            assert score.notes and 0 < score.beats <= MAX_BEATS and score.seconds > 0 and score.bars > 0
            assert len(to_roll(score.notes, 4)) <= 4 * MAX_BEATS + 4
            if score.beats < 100:
                write_musicxml(score, io.BytesIO())
            again = read_midi(written(score))
            assert len(again.notes) == len(score.notes)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(mutated(), mutated(), st.binary(max_size=80).map(lambda tail: SAMPLE[:22] + tail), st.binary(max_size=80)))
def test_any_bytes_are_read_or_refused(content):
    use(content)


@pytest.mark.parametrize("name", LONG)
def test_long_inputs_take_little_memory(name):
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)
            with suppress(MediakitError):
                read_midi(LONG[name])
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
