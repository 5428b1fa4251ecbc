"""What the music model is told as numbers: of each frame to come, and of each note to come within it.

A frame is written note by note, highest first, then an end mark; so a chord has one spelling and an exact likelihood. What a note
depends on is given by intervals from a reference, the note above it or, for the first, the last top note: a fifth is a fifth in every key.
"""

from functools import cache

import numpy as np

from mediakit.media.piano_roll import KEYS, keys_of

END = KEYS  # the mark that ends a frame
NO_NOTE = KEYS  # "the note above" of a frame's first note
LONGEST = 16  # notes in a frame; the benchmark's fullest has 15
REACH = 36  # semitones from the reference: three octaves
UP = 24
INTERVALS = REACH + 1 + UP  # from -REACH to UP
MATCHES = (1, 2, 3, 5, 9, 17)  # lengths of a match at which a new class begins

Context = dict[str, np.ndarray]


def one_hot(values: np.ndarray, size: int) -> np.ndarray:
    """Float32 `[…, size]`; values beyond are the last."""
    return _eye(size)[np.clip(values, 0, size - 1)]


@cache
def _eye(size: int) -> np.ndarray:
    return np.eye(size, dtype=np.float32)


def frame_features(context: Context) -> np.ndarray:
    """Of the frame to come, in absolute pitch, for the network that runs over time: float32 `[…, FRAME_FEATURES]`."""
    position = context["position"]
    return np.concatenate(
        [
            *(context[name].astype(np.float32) for name in ("previous", "recalled", "recalled_melody")),
            *(_match_class(context[name]) for name in ("match", "melody_match")),
            one_hot(position % 16, 16),
            one_hot(position % 12, 12),
            (position == 0).astype(np.float32)[..., None],
        ],
        axis=-1,
    )


def frame_notes(roll: np.ndarray) -> np.ndarray:
    """Frames `[frames, 88]` as keys, highest first, then END, then -1: int32 `[frames, most notes + 1]`."""
    each = [keys_of(frame) for frame in roll]
    table = np.full((len(each), max(map(len, each), default=0) + 1), -1, np.int32)
    for row, keys in zip(table, each, strict=True):
        row[: len(keys)], row[len(keys)] = keys, END
    return table


def transpose_notes(notes: np.ndarray, semitones: int) -> np.ndarray:
    """The table of `frame_notes` for the piece transposed."""
    return np.where((notes >= 0) & (notes < KEYS), notes + semitones, notes)


def notes_above(notes: np.ndarray) -> np.ndarray:
    """For each place of `frame_notes`'s table the note before it, NO_NOTE at first and -1 where nothing is written."""
    above = np.concatenate([np.full_like(notes[..., :1], NO_NOTE), notes[..., :-1]], axis=-1)
    return np.where(notes < 0, -1, above)


def references(context: Context, above: np.ndarray) -> np.ndarray:
    """The key from which each note's intervals are reckoned, int32 as `above` `[…, notes]`."""
    first = np.broadcast_to(context["reference"][..., None], above.shape)
    return np.where((above == NO_NOTE) | (above < 0), first, above).astype(np.int32)


def note_features(context: Context, above: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Of each note to come: float32 `[…, notes, NOTE_FEATURES]`.

    Args:
        context: of the frames, arrays `[…]`.
        above: the last note written in the frame, int32 `[…, notes]`: a key, NO_NOTE or -1.
        written: the frame as far as it is written at each note, uint8 `[…, notes, 88]`.
    """
    reference = references(context, above)
    previous, before, recalled, melody = (context[name][..., None, :] for name in ("previous", "before", "recalled", "recalled_melody"))
    below = np.arange(KEYS) < above[..., None]
    chroma = context["chroma"][..., None, :, :]
    classes = (reference[..., None] + 21 + np.arange(12)) % 12
    turned = [np.take_along_axis(np.broadcast_to(part, (*above.shape, 12)), classes, axis=-1) for part in np.moveaxis(chroma, -2, 0)]
    left = [(frame & below).sum(axis=-1) for frame in (previous, recalled)]
    kept = [((frame != written) & ~below).any(axis=-1) for frame in (recalled, melody)]
    matches = [_match_class(context[name])[..., None, :] for name in ("match", "melody_match")]
    return np.concatenate(
        [
            _around(written, reference, 1, REACH),
            _around(previous, reference, -REACH, UP),
            _around(before, reference, -UP, UP),
            _around(recalled, reference, -REACH, UP),
            _around(melody, reference, -REACH, UP),
            one_hot(reference, KEYS),
            one_hot(written.sum(axis=-1), 8),
            *(one_hot(count, 6) for count in left),
            np.stack(kept, axis=-1).astype(np.float32),
            *turned,
            *(np.broadcast_to(part, (*above.shape, part.shape[-1])) for part in matches),
        ],
        axis=-1,
        dtype=np.float32,
    )


def written_before(notes: np.ndarray) -> np.ndarray:
    """The frame as far as it is written at each place of `frame_notes`'s table: uint8 `[…, notes, 88]`."""
    here = notes[..., None] == np.arange(KEYS)
    return np.cumsum(here, axis=-2, dtype=np.uint8) - here


def _match_class(length: np.ndarray) -> np.ndarray:
    return one_hot(np.searchsorted(MATCHES, length, side="right"), len(MATCHES) + 1)


def _around(frames: np.ndarray, reference: np.ndarray, low: int, high: int) -> np.ndarray:
    """The keys from `low` to `high` semitones from the reference, beyond the keyboard 0. `frames` has one axis of size 1, or as many
    rows, where `reference` has notes."""
    size = KEYS + 2 * REACH
    wide = np.zeros((*frames.shape[:-1], size), np.uint8)
    wide[..., REACH:-REACH] = frames
    row = np.arange(wide.size // size, dtype=np.int32).reshape(frames.shape[:-1]) * size
    # By places in the flat array: several times as fast as NumPy's ways for several axes, where there are few rows.
    return np.take(wide, (row + reference + (REACH + low))[..., None] + np.arange(high - low + 1, dtype=np.int32))


FRAME_FEATURES = 3 * KEYS + 2 * (len(MATCHES) + 1) + 16 + 12 + 1
NOTE_FEATURES = REACH + 3 * INTERVALS + 2 * UP + 1 + KEYS + 8 + 2 * 6 + 2 + 2 * 12 + 2 * (len(MATCHES) + 1)
