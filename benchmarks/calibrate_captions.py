"""Fit the weights of a caption's `score` on photos that the model has not learned from, and print how reliable it is.

    python benchmarks/calibrate_captions.py --data flickr8k --split dev [--also FOLDER SPLIT] [--model NAME]

A caption counts as right when every person and thing that it names is named by one of the photo's captions by people; any person
counts for any other. The weights go into the recipe's `Config.confidence` and the manifest's `config`. The error of the photos that
are fitted to is that of five-fold cross-validation.
"""

import argparse
import json
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

import mediakit
from mediakit.datasets import captioned_photos
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.datasets.concepts import Concept, read_table
from mediakit.tasks.captioning.confidence import features
from mediakit.text.vocabulary import tokenize

NAMES = ("log_probability", "support", "least_support")


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


def measure(captioner, photos: list[CaptionedPhoto]) -> tuple[np.ndarray, np.ndarray]:
    """What the regression is given for each photo's caption `[photos, 3]`, and whether the caption is right."""
    inputs, right = [], []
    for photo, caption in zip(photos, captioner([photo.path for photo in photos]), strict=True):
        inputs.append(features(caption.log_probability, len(caption.words), caption.support))
        right.append(named(caption.text) <= named(" ".join(photo.captions)))
    return np.array(inputs), np.array(right)


def calibration_error(scores: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """The expected calibration error over bins of equal width (Guo et al. 2017, equation 3)."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    groups = [places == place for place in np.unique(places)]
    return float(sum(group.mean() * abs(scores[group].mean() - right[group].mean()) for group in groups))


def main() -> None:
    """Fit and print."""
    given = arguments()
    captioner = mediakit.load(given.model)
    inputs, right = measure(captioner, captioned_photos.read(given.data, given.split))
    regression = LogisticRegression()
    scores = cross_val_predict(regression, inputs, right, cv=5, method="predict_proba")[:, 1]
    print(f"{given.data.name} {given.split}: {right.mean():.3f} right, error {calibration_error(scores, right):.3f}")
    regression.fit(inputs, right)
    for folder, split in given.also:
        others, others_right = measure(captioner, captioned_photos.read(Path(folder), split))
        error = calibration_error(regression.predict_proba(others)[:, 1], others_right)
        print(f"{Path(folder).name} {split}: {others_right.mean():.3f} right, error {error:.3f}")
    weights = dict(zip(NAMES, regression.coef_[0].round(3).tolist(), strict=True))
    print(json.dumps({"intercept": round(float(regression.intercept_[0]), 3), **weights}))


if __name__ == "__main__":
    main()
