"""Fit the Platt scaling of a detector's scores on images that it has not learned from, and print how reliable they are.

    python benchmarks/calibrate_detections.py --model detection/everyday --data voc5 --data voc_animals [--split val] [--write]

A detection is right when it takes a true box of its class that it overlaps by half or more; the one with the higher score takes it
first. The numbers go into `slope` and `offset` of the manifest's `config`. The error is that of five-fold cross-validation by image.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

import mediakit
from mediakit.runtime.confidence import calibration_error
from mediakit.runtime.model_folder import open_folder, write_manifest
from mediakit.tasks.detection.average_precision import match
from mediakit.tasks.detection.metrics import THRESHOLD, as_boxes, examples


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="detection/everyday", help="shipped model or model folder")
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--write", action="store_true", help="put the numbers into the model's manifest")
    return parser.parse_args()


def measure(detector, folder: Path, split: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each image the scores of its detections, and whether they are right."""
    rows = []
    given = examples(folder, split, {})
    for example, result in zip(given, detector([each.image.path for each in given], threshold=THRESHOLD), strict=True):
        found = as_boxes(result, example.classes, example.image.unlabelled)
        for number in range(len(example.classes)):
            boxes, scores = found.of_class(number)
            rows.append((scores, match(example.image.boxes[example.image.labels == number], boxes)[0]))
    return rows


def main() -> None:
    """Fit and print."""
    given = arguments()
    folder = open_folder(given.model)
    rows = [row for data in given.data for row in measure(mediakit.load(given.model), data, given.split)]
    scores, right = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    slope, offset = (float(folder.config.get(name, usual)) for name, usual in (("slope", 1.0), ("offset", 0.0)))
    logits = ((np.log(scores) - np.log1p(-scores)) - offset) / slope
    groups = np.repeat(np.arange(len(rows)), [len(row[0]) for row in rows])
    regression = LogisticRegression(C=1e6)
    fitted = cross_val_predict(regression, logits[:, None], right, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    print(f"{len(right):,} detections, {right.mean():.3f} right; error {calibration_error(scores, right):.3f} as it is, ", end="")
    print(f"{calibration_error(fitted, right):.3f} fitted, {calibration_error(fitted[fitted >= 0.3], right[fitted >= 0.3]):.3f} from 0.3")
    regression.fit(logits[:, None], right)
    numbers = {"slope": round(float(regression.coef_[0, 0]), 3), "offset": round(float(regression.intercept_[0]), 3)}
    print(numbers)
    if given.write:
        write_manifest(folder.path, {**folder.manifest, "config": {**folder.config, **numbers}})


if __name__ == "__main__":
    main()
