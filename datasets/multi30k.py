"""Multi30k: captions of Flickr30k's photos with human translations in English, German, French and Czech (Elliott et al. 2016).

The published layout: `SPLIT.LANGUAGE`, gzipped or not, in the repository's `data/task1/raw/`, or in the folder itself as the
publisher's archives unpack:

    train, val                                                                   29,000 and 1,014 captions
    test_2016_flickr, test_2017_flickr, test_2017_mscoco, test_2018_flickr, test    1,000, 1,000, 461 and 1,071

Licence: CC BY-NC-SA 4.0, non-commercial.
"""

from pathlib import Path

from mediakit.datasets.origin import Origin
from mediakit.datasets.parallel_text import SentencePair, read_two_files
from mediakit.errors import DataError

LANGUAGES = ("en", "de", "fr", "cs")
SPLITS = ("train", "val", "test_2016_flickr", "test_2017_flickr", "test_2017_mscoco", "test_2018_flickr", "test")
ORIGIN = Origin("multi30k", "CC BY-NC-SA 4.0", "Elliott et al. 2016; Flickr30k's captions, translated by people", "captions of photos")
SUBFOLDERS = ("data/task1/raw", "task1/raw", "raw", ".")


def is_here(folder: Path) -> bool:
    """Whether a folder has Multi30k's layout: the repository's, or the archives' files in a folder of that name."""
    folder = Path(folder)
    if any(_file(folder / subfolder, "train", "en") for subfolder in SUBFOLDERS[:-1]):
        return True
    named = "multi30k" in folder.resolve().name.lower() or folder.resolve().parts[-2:] == ("task1", "raw")
    return named and any(_file(folder, split, "en") for split in SPLITS)


def splits(folder: Path, source: str, target: str) -> tuple[str, ...]:
    """The splits available in both languages."""
    texts = _text_folder(Path(folder))
    return tuple(split for split in SPLITS if _file(texts, split, source) and _file(texts, split, target))


def read(folder: Path, split: str, source: str, target: str) -> list[SentencePair]:
    """The pairs of a split, in file order. Raises DataError when the folder, a language or the split is missing."""
    for language in (source, target):
        if language not in LANGUAGES:
            raise DataError(f"{folder}: Multi30k has no language {language!r}; choose from {', '.join(LANGUAGES)}")
    if source == target:
        raise DataError(f"{folder}: source and target are both {source!r}")
    texts = _text_folder(Path(folder))
    first, second = _file(texts, split, source), _file(texts, split, target)
    if first is None or second is None:
        available = ", ".join(splits(folder, source, target)) or "none"
        raise DataError(f"{texts}: no split {split!r} in {source} and {target}; available: {available}")
    return [SentencePair(*pair, ORIGIN.name) for pair in read_two_files(first, second) if all(pair)]


def _text_folder(folder: Path) -> Path:
    for subfolder in SUBFOLDERS:
        if any(_file(folder / subfolder, split, language) for split in SPLITS for language in LANGUAGES):
            return folder / subfolder
    raise DataError(f"{folder}: not Multi30k; expected data/task1/raw/train.en.gz and so on (github.com/multi30k/dataset)")


def _file(folder: Path, split: str, language: str) -> Path | None:
    paths = (folder / f"{split}.{language}.gz", folder / f"{split}.{language}")
    return next((path for path in paths if path.is_file()), None)
