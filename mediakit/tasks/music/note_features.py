"""Input features of the music model: of the next frame, and of each next note in it.

A frame is written note by note, highest first, then an end mark, so that a chord has one spelling and an exact likelihood. A note's
context is given as intervals from a reference, so that a fifth is a fifth in every key. The reference is the note above it, or for
the first note of a frame the last top note.
"""

from functools import cache

import numpy as np

from mediakit.media.piano_roll import KEYS, keys_of

END = KEYS  # the mark that ends a frame
NO_NOTE = KEYS  # stands for the note above a frame's first note
LONGEST = 16  # notes in a frame; the fullest in the benchmark has 15
REACH = 36  # semitones from the reference that are visible: three octaves
UP = 24  # semitones above it, where fewer suffice
INTERVALS = REACH + 1 + UP  # from -REACH to UP
MATCHES = (1, 2, 3, 5, 9, 17)  # lower bounds of the classes of match lengths

Context = dict[str, np.ndarray]


def one_hot(values: np.ndarray, size: int) -> np.ndarray:
    """One-hot float32 `[…, size]`; values out of range are clipped."""
    return _eye(size)[np.clip(values, 0, size - 1)]


@cache
def _eye(size: int) -> np.ndarray:
    return np.eye(size, dtype=np.float32)


def frame_features(context: Context) -> np.ndarray:
    """Features of the next frame in absolute pitch, for the network over time: float32 `[…, FRAME_FEATURES]`."""
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
    """Frames `[frames, 88]` as a table of keys, highest first, then END, then -1: int32 `[frames, most notes + 1]`."""
    each = [keys_of(frame) for frame in roll]
    table = np.full((len(each), max(map(len, each), default=0) + 1), -1, np.int32)
    for row, keys in zip(table, each, strict=True):
        row[: len(keys)], row[len(keys)] = keys, END
    return table


def transpose_notes(notes: np.ndarray, semitones: int) -> np.ndarray:
    """The table of `frame_notes` for the transposed piece."""
    return np.where((notes >= 0) & (notes < KEYS), notes + semitones, notes)


def notes_above(notes: np.ndarray) -> np.ndarray:
    """For each cell of the table of `frame_notes` the note before it; NO_NOTE for the first and -1 beyond the end."""
    above = np.concatenate([np.full_like(notes[..., :1], NO_NOTE), notes[..., :-1]], axis=-1)
    return np.where(notes < 0, -1, above)


def references(context: Context, above: np.ndarray) -> np.ndarray:
    """The key from which each note's intervals are counted, int32 `[…, notes]`, the shape of `above`."""
    first = np.broadcast_to(context["reference"][..., None], above.shape)
    return np.where((above == NO_NOTE) | (above < 0), first, above).astype(np.int32)


def note_features(context: Context, above: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Features of each next note: float32 `[…, notes, NOTE_FEATURES]`.

    Args:
        context: the frames' contexts, arrays `[…]`, as `piano_roll.ContextTracker` gives them.
        above: the previous note in the frame, int32 `[…, notes]`: a key, NO_NOTE or -1.
        written: the notes of the frame so far, uint8 `[…, notes, 88]`.
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
    """The notes of the frame before each cell of the table of `frame_notes`: uint8 `[…, notes, 88]`."""
    here = notes[..., None] == np.arange(KEYS)
    return np.cumsum(here, axis=-2, dtype=np.uint8) - here


def _match_class(length: np.ndarray) -> np.ndarray:
    return one_hot(np.searchsorted(MATCHES, length, side="right"), len(MATCHES) + 1)


def _around(frames: np.ndarray, reference: np.ndarray, low: int, high: int) -> np.ndarray:
    """The keys from `low` to `high` semitones relative to the reference, 0 beyond the keyboard.

    Where `reference` has its axis of notes, `frames` has an axis of the same size or of size 1.
    """
    size = KEYS + 2 * REACH
    wide = np.zeros((*frames.shape[:-1], size), np.uint8)
    wide[..., REACH:-REACH] = frames
    row = np.arange(wide.size // size, dtype=np.int32).reshape(frames.shape[:-1]) * size
    # With few rows, flat indices are several times as fast as NumPy's indexing of several axes.
    return np.take(wide, (row + reference + (REACH + low))[..., None] + np.arange(high - low + 1, dtype=np.int32))


FRAME_FEATURES = 3 * KEYS + 2 * (len(MATCHES) + 1) + 16 + 12 + 1
NOTE_FEATURES = REACH + 3 * INTERVALS + 2 * UP + 1 + KEYS + 8 + 2 * 6 + 2 + 2 * 12 + 2 * (len(MATCHES) + 1)
