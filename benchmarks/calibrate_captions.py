"""Fit the weights of a caption's `score` on photos that the model has not learned from, and print how reliable it is.

    python benchmarks/calibrate_captions.py --data flickr8k --split dev [--also FOLDER SPLIT] [--model NAME]

The shipped weights are of the support alone: with the log-probability the error on COCO was 0.11.

A caption counts as right when it names a person or thing, and each that it names is named by one of the photo's captions by people; any
person counts for any other. The weights go into the recipe's `Config.confidence` and the manifest's `config`. The error of the photos that
are fitted to is that of five-fold cross-validation.
"""

import argparse
import json
from functools import cache
from pathlib import Path

from calibration import Examples, fit

import mediakit
from mediakit.datasets import captioned_photos
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.concepts import Concept, read_table
from mediakit.tasks.captioning.confidence import features
from mediakit.text.vocabulary import tokenize


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--also", nargs=2, action="append", default=[], metavar=("FOLDER", "SPLIT"), help="photos to test the weights on")
    parser.add_argument("--model", default="captioning", help="shipped model or model folder")
    return parser.parse_args()


@cache
def meanings() -> dict[str, Concept]:
    """The person or thing that each form means."""
    return {form: concept for concept in reversed(read_table()) if concept.kind in ("person", "thing") for form in concept.forms}


def named(text: str) -> set[str]:
    """The persons (as one) and things that a text names, each by one of its concepts."""
    found = (meanings()[word] for word in tokenize(text) if word in meanings())
    return {"person" if concept.kind == "person" else concept.word for concept in found}


def measure(captioner, photos: list[CaptionedPhoto]) -> Examples:
    """The features of each photo's caption, and whether the caption is right."""
    captions = captioner([photo.path for photo in photos])
    inputs = [features(caption.log_probability, len(caption.words), caption.support) for caption in captions]
    truth = [named(" ".join(photo.captions)) for photo in photos]
    right = [bool(named(caption.text)) and named(caption.text) <= true for true, caption in zip(truth, captions, strict=True)]
    return inputs, right


def main() -> None:
    """Fit and print."""
    given = arguments()
    captioner = mediakit.load(given.model)
    others = {
        f"{Path(folder).name} {split}": measure(captioner, captioned_photos.read(Path(folder), split)) for folder, split in given.also
    }
    examples = measure(captioner, captioned_photos.read(given.data, given.split))
    weights = fit(f"{given.data.name} {given.split}", examples, others, names=("support", "least_support"), strength=5.0)
    print(json.dumps(weights))


if __name__ == "__main__":
    main()
