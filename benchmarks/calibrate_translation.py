"""Fit the weights of a translation's `score` on sentences that the model has not learned from, and print how reliable it is.

    python benchmarks/calibrate_translation.py translation/en-de --data DATA [--split val] [--record]

A translation counts as usable when its sentence chrF against the reference is 50 or more. The sentences with even numbers are fitted
to. The error on them is that of five-fold cross-validation; the others are tested on, data set by data set. `--record` writes the
weights to the model's manifest.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from calibration import Examples, fit
from sacrebleu import sentence_chrf

from mediakit.datasets import parallel_text
from mediakit.runtime import model_folder
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks.translation.pipeline import load

USABLE = 50.0  # chrF of a sentence


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="shipped model or model folder")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="val")
    parser.add_argument("--record", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Fit, print, and record."""
    given = arguments()
    folder = open_folder(given.model)
    config = folder.manifest["config"]
    pairs = parallel_text.read(given.data, given.split, config["source"], config["target"])
    translations = load(folder)([pair.source for pair in pairs])
    fitted: Examples = ([], [])
    tested: dict[str, Examples] = defaultdict(lambda: ([], []))
    for number, (pair, translation) in enumerate(zip(pairs, translations, strict=True)):
        if len(translation.features) == 1:  # of several sentences it is not known which is wrong
            usable = sentence_chrf(translation.text, [pair.target]).score >= USABLE
            for features, right in [fitted] if number % 2 == 0 else [tested["the others"], tested[pair.origin]]:
                features.append(translation.features[0])
                right.append(usable)
    weights = fit(f"{given.data.name} {given.split}", fitted, tested)
    print(json.dumps(weights))
    if given.record:
        config["confidence"] = weights
        model_folder.write_manifest(folder.path, folder.manifest)


if __name__ == "__main__":
    main()
