"""Recordings of single words, with what is said and by whom: WAV, FLAC, OGG and other sound files.

    DIR/**/LABEL_SPEAKER_NUMBER.wav     as in the Free Spoken Digit Dataset (Jackson et al.)
    DIR/LABEL/SPEAKER/*.wav
    DIR/LABEL/*.wav                     one speaker, whose name is not known

The folder may also hold a tar archive of the files, or be such an archive.
"""

import re
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from mediakit.datasets.folders import Warn, existing_folder, print_warning
from mediakit.datasets.origin import Origin, own_data
from mediakit.errors import DataError, InputError
from mediakit.media.sound import ENDINGS, read_sound

FSDD = Origin("Free Spoken Digit Dataset", "CC BY-SA 4.0", "by Zohar Jackson and others", "recordings")
FSDD_SPEAKERS = {"george", "jackson", "lucas", "nicolas", "theo", "yweweler"}
SOMEBODY = "speaker"  # the name of a speaker who has none
_NAME = re.compile(r"([^_]+)_([^_]+)_(\d+)")


@dataclass(frozen=True)
class Recording:
    """One word, said once.

    Attributes:
        label: what is said, such as `7`.
        speaker: who says it.
        samples: float32 `[samples]` in -1..1.
        rate: samples per second.
    """

    label: str
    speaker: str
    samples: np.ndarray
    rate: int


def read(source: Path, rate: int, *, warn: Warn = print_warning) -> list[Recording]:
    """All recordings of a folder or an archive, by label and speaker, in the order of their numbers or names.

    Args:
        source: the folder or tar archive.
        rate: samples per second; recordings of other rates are resampled.
        warn: receives a line about files that are left out.

    Raises DataError where there are no recordings.
    """
    found, bad = [], []
    for path, content in _contents(source):
        label, speaker, order = _named(path)
        try:
            samples = read_sound(content, str(path), rate)
        except InputError as error:
            bad.append(str(error))
        else:
            found.append((label, speaker, order, Recording(label, speaker, samples, rate)))
    if bad:
        warn(f"{source}: {len(bad)} of {len(bad) + len(found)} sound files are left out; the first: {bad[0]}")
    if not found:
        raise DataError(f"{source}: no recordings; wanted sound files named LABEL_SPEAKER_NUMBER.wav, or in folders LABEL or LABEL/SPEAKER")
    return [recording for *_, recording in sorted(found, key=lambda one: one[:3])]


def split(recordings: Sequence[Recording], held_out: int) -> tuple[list[Recording], list[Recording]]:
    """Recordings for training, and the first `held_out` ones of each word by each speaker for validation."""
    train: list[Recording] = []
    validation: list[Recording] = []
    heard: dict[tuple[str, str], int] = {}
    for one in recordings:
        number = heard[one.label, one.speaker] = heard.get((one.label, one.speaker), 0) + 1
        (validation if number <= held_out else train).append(one)
    return train, validation


def origin(folder: Path, recordings: Sequence[Recording]) -> Origin:
    """Where recordings come from: digits by the speakers of the Free Spoken Digit Dataset are from there."""
    digits = all(len(one.label) == 1 and one.label in "0123456789" for one in recordings)
    return FSDD if digits and {one.speaker for one in recordings} <= FSDD_SPEAKERS else own_data(folder, "recordings")


def _named(path: PurePosixPath) -> tuple[str, str, tuple[int, str]]:
    """Label, speaker, and the place among the recordings of both."""
    match = _NAME.fullmatch(path.stem)
    if match:
        return match[1], match[2], (int(match[3]), str(path))
    folders = path.parts[:-1]
    if not folders:
        raise DataError(f"{path}: who says what? Name it LABEL_SPEAKER_NUMBER{path.suffix}, or put it into a folder named by the label")
    return folders[0], folders[1] if len(folders) > 1 else SOMEBODY, (0, str(path))


def _contents(source: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The sound files of a folder or an archive: paths below it, and contents."""
    source = Path(source)
    if source.is_file():
        yield from _archived(source)
        return
    paths = [path for path in sorted(existing_folder(source).rglob("*")) if _is_sound(path.name) and path.is_file()]
    for path in paths:
        yield PurePosixPath(path.relative_to(source).as_posix()), path.read_bytes()
    if not paths:
        for archive in sorted(source.glob("*.tar*")):
            yield from _archived(archive)


def _archived(archive: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if _is_sound(PurePosixPath(member.name).name) else None
                if file:
                    yield PurePosixPath(member.name), file.read()
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"{archive}: not a tar archive, or it is damaged") from error


def _is_sound(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith(".")
