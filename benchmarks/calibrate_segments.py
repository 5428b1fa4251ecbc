"""Fit the weights of a segment's `score` on photos that the model has not learned from, and print how reliable it is.

    python benchmarks/calibrate_segments.py segmentation/everyday --data voc_animals --captioned flickr8k dev \
        --test coco_dev dev [--record]

A segment is right when it overlaps the true one by half or more (intersection over union). Photos with captions have no masks: of
their segments only those count whose class no caption names, and these are wrong. The weights go into the manifest's `config`. The
error of the photos that are fitted to is that of five-fold cross-validation.
"""

import argparse
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from calibration import Examples, fit

from mediakit.datasets import captioned_photos
from mediakit.datasets.concepts import Concept, read_table
from mediakit.runtime import model_folder
from mediakit.runtime.confidence import Confidence
from mediakit.tasks.segmentation import MIN_SCORE
from mediakit.tasks.segmentation.certainty import evidence
from mediakit.tasks.segmentation.metrics import examples
from mediakit.tasks.segmentation.pipeline import BACKGROUND, Segmentation, load
from mediakit.text.vocabulary import tokenize

LEAST = 0.002  # of the photo: smaller segments do not count


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="shipped model or model folder")
    parser.add_argument("--data", type=Path, required=True, help="photos with masks; their split val")
    captions = {"nargs": 2, "action": "append", "default": [], "metavar": ("FOLDER", "SPLIT")}
    parser.add_argument("--captioned", help="photos with captions to fit to", **captions)
    parser.add_argument("--test", help="photos with captions to test on", **captions)
    parser.add_argument("--record", action="store_true", help="put the weights into the model's manifest")
    return parser.parse_args()


@cache
def meanings() -> dict[str, Concept]:
    """The person or thing that each form means."""
    return {form: concept for concept in reversed(read_table()) if concept.kind in ("person", "thing") for form in concept.forms}


def named(captions: tuple[str, ...]) -> set[str]:
    """What captions name; all persons are one."""
    found = (meanings()[word] for word in tokenize(" ".join(captions)) if word in meanings())
    return {"person" if concept.kind == "person" else concept.word for concept in found}


def segments(found: Segmentation) -> Iterator[tuple[str, dict[str, float]]]:
    """The class and the evidence of each segment that is large enough."""
    best = found.scores.argmax(axis=-1)
    for index, each in enumerate(found.classes):
        region = best == index
        if each.name != BACKGROUND and region.mean() >= LEAST:
            yield each.name, {"evidence": evidence(found.scores, region, index)}


def measure_masked(segmenter, folder: Path, config: dict) -> Examples:
    """The evidence of segments of photos with masks, and whether they are right."""
    features, right = [], []
    given = examples(folder, "val", config)
    for example, found in zip(given, segmenter([each.photo for each in given], min_score=0), strict=True):
        truth, known = example.truth(), example.truth() < len(example.classes)
        for name, row in segments(found):
            here, there = found.region(name) & known, truth == example.classes.index(name)
            features.append(row)
            right.append(bool((here & there).sum() >= 0.5 * (here | there).sum()))
    return features, right


def measure_captioned(segmenter, folder: Path, split: str) -> Examples:
    """The evidence of segments of photos whose captions do not name the class: they are wrong."""
    photos = captioned_photos.read(folder, split)
    found = segmenter([photo.path for photo in photos], min_score=0)
    pairs = zip(photos, found, strict=True)
    features = [row for photo, each in pairs for name, row in segments(each) if name not in named(photo.captions)]
    return features, [False] * len(features)


def main() -> None:
    """Fit, print, and record."""
    given = arguments()
    folder = model_folder.open_folder(given.model)
    segmenter = load(folder)
    masked = measure_masked(segmenter, given.data, folder.config)
    captioned = [measure_captioned(segmenter, Path(data), split) for data, split in given.captioned]
    features, right = ([row for part in (masked, *captioned) for row in part[i]] for i in range(2))
    tested = {f"{Path(data).name} {split}": measure_captioned(segmenter, Path(data), split) for data, split in given.test}
    weights = fit("all together", (features, right), tested)
    print(json.dumps(weights))
    score = Confidence(weights["intercept"], {"evidence": weights["evidence"]})
    for name, (rows, truth) in {given.data.name: masked, **tested}.items():
        kept = np.array([score(row) >= MIN_SCORE for row in rows])
        for kind in sorted(set(truth)):
            chosen = kept[np.array(truth) == kind]
            print(f"{name}: of {len(chosen)} {'right' if kind else 'wrong'} segments {chosen.mean():.3f} have {MIN_SCORE:g} or more")
    if given.record:
        folder.manifest["config"]["confidence"] = weights
        model_folder.write_manifest(folder.path, folder.manifest)


if __name__ == "__main__":
    main()
