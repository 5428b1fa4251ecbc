"""Cross-validation of film genres: how well the recipe generalises to films it was not trained on, and what its parts contribute.

    python benchmarks/genre_cross_validation.py --data FILM [--folds 5] [--record MODEL] [--reliability FILE.png]

The films are split into folds; those of each fold are scored by a head trained on the others. Posters and stills of films that have
a video are left out throughout. Baselines: chance; logistic regression on mean-pooled features of ImageNet's EfficientNet-Lite, from
the same images and films; the recipe with mean pooling instead of the LSTM; the LSTM on shuffled moments. All folds share the
encoder's features and the head's training on images, which are computed once. Prints the table, and the Platt scaling for the
recipe's Config. `--record` writes the metrics to a model's manifest and card; they say that heads trained anew were measured, since
the shipped head is trained on all films.
"""

import argparse
import dataclasses
import datetime
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from mediakit.datasets.labelled_films import GENRES, LabelledFilm
from mediakit.layers.efficientnet_lite import HEAD_CHANNELS
from mediakit.media.figures import draw_reliability
from mediakit.recipes import trailer_genre as recipe
from mediakit.runtime.evaluation import Evaluation
from mediakit.runtime.model_folder import open_folder, record_evaluation
from mediakit.tasks.film_genres.metrics import average_precisions, chance, film_intervals, truth_of
from mediakit.training.distribution import make_strategy
from mediakit.training.loading import make_config
from mediakit.training.trainer import Trainer

VARIANTS = {
    "the LSTM on shuffled moments": {"in_order": False},
    "mean pooling instead of the LSTM": {"pooling": "mean"},
    "this recipe": {},
}
LOGISTIC = "logistic regression on mean-pooled frozen features"
PENALTIES = (1e-5, 1e-4, 1e-3)  # C of scikit-learn; the best one is reported, which flatters this baseline


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder in the layout of mediakit.datasets.film_frames")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--runs", type=Path, default=Path("runs/genre_folds"), help="for run folders; finished runs in it are reused")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a field of the recipe's Config")
    parser.add_argument("--record", metavar="MODEL", help="the shipped model or model folder in which to record the metrics")
    parser.add_argument("--reliability", type=Path, help="draw a reliability diagram of the calibrated probabilities")
    return parser.parse_args()


class Fold:
    """A fold of the films held out, and the model that is trained on the others."""

    def __init__(self, args: argparse.Namespace, number: int, settings: dict[str, object]):
        plain = make_config(recipe.Config, dict(pair.split("=", 1) for pair in args.set))
        self.config = dataclasses.replace(plain, hold_out=f"{number}/{args.folds}", **settings)
        self.data = recipe.read(self.config, args.data)
        self.runs, self.name = args.runs, "-".join(["run", *(f"{name}={value}" for name, value in settings.items())])
        self.number = number

    def features(self) -> recipe.Features:
        """The encoder's features of all images and films, from the cache that all folds share."""
        keras.utils.set_random_seed(self.config.seed)
        self.model = recipe.build(self.config, self.data)
        learned = recipe.Features(self.config, self.data, self.model, self.runs / "cache")
        learned.prepare()
        return learned

    def scores(self) -> np.ndarray:
        """Train, and score the held-out films: `[films, genres]`."""
        learned = self.features()
        run, first = self.runs / f"{self.name}-{self.number}", self.runs / f"{self.name}-images.npz"
        run.mkdir(parents=True, exist_ok=True)
        if first.exists():
            shutil.copy(first, run / "finished-0-images.npz")
        Trainer(self.model, recipe.phases(self.config, self.data, self.model, self.runs), make_strategy("one"), run).train()
        shutil.copy(run / "finished-0-images.npz", first)
        return learned.scores()

    def logistic_scores(self) -> np.ndarray:
        """Scores of the held-out films by logistic regression, `[films, penalties, genres]`.

        Every image and every film is one example.
        """
        from sklearn.linear_model import LogisticRegression

        learned = self.features()
        last_means = learned.films.encoded[:, 0, -2 * HEAD_CHANNELS : -HEAD_CHANNELS].astype(np.float32)
        means = {kind: np.stack([last_means[rows].mean(axis=0) for rows in each]) for kind, each in learned.films.rows.items()}
        examples = np.concatenate([means["image"], means["film"]])
        truth = truth_of([*self.data.images, *self.data.films])
        mean, deviation = examples.mean(axis=0), examples.std(axis=0) + 1e-6
        scores = np.zeros((len(self.data.validation), len(PENALTIES), len(GENRES)))
        for i, penalty in enumerate(PENALTIES):
            for j in range(len(GENRES)):
                model = LogisticRegression(C=penalty, max_iter=200).fit((examples - mean) / deviation, truth[:, j])
                scores[:, i, j] = model.decision_function((means["validation"] - mean) / deviation)
        return scores


def out_of_fold(
    args: argparse.Namespace, settings: dict[str, object], scores: Callable[[Fold], np.ndarray]
) -> tuple[list[LabelledFilm], np.ndarray]:
    """All videos, and their scores `[videos, genres]` from models that were trained without their film."""
    films, found = [], []
    for number in range(1, args.folds + 1):
        fold = Fold(args, number, settings)
        films += fold.data.validation
        found.append(scores(fold))
        print(f"\r{settings or 'recipe'} {number}/{args.folds} ", end="", file=sys.stderr, flush=True)
    return films, np.concatenate(found)


def platt(truth: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Slope and offset, shared by all genres, that calibrate the scores' sigmoids (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), truth.ravel())
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def main() -> None:
    """Train, measure, print."""
    args = arguments()
    found = {name: out_of_fold(args, settings, Fold.scores) for name, settings in VARIANTS.items()}
    films, scores = found.pop("this recipe")
    truth, names = truth_of(films), [film.film for film in films]
    logistic = out_of_fold(args, {}, Fold.logistic_scores)[1]
    tried = [average_precisions(truth, logistic[:, i]) for i in range(len(PENALTIES))]
    baselines = {"chance": chance(truth), LOGISTIC: max(tried, key=lambda values: sum(values.values()))}
    evaluation = Evaluation(
        average_precisions(truth, scores),
        len(films),
        intervals=film_intervals(truth, scores, names),
        baselines=baselines | {name: average_precisions(truth, scores) for name, (_, scores) in found.items()},
        data=args.data.resolve().name,
        split="train and val",
        date=datetime.date.today().isoformat(),
        method=f"{args.folds}-fold cross-validation by film, heads trained anew",
    )
    print(f"{evaluation}\n\n{len(set(names))} films, {len(films)} videos")
    slope, offset = platt(truth, scores)
    print(f"Platt's scaling: slope {slope:.3f}, offset {offset:.3f}")
    if args.reliability:
        draw_reliability(1 / (1 + np.exp(-slope * scores - offset)), truth).save(args.reliability)
    if args.record:
        record_evaluation(open_folder(args.record), evaluation)


if __name__ == "__main__":
    main()
