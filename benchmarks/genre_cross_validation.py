"""How well genres of films that were not learned from are told, by cross-validation by film, and what each part of it gives.

    python benchmarks/genre_cross_validation.py --data FILM [--folds 5] [--record MODEL] [--reliability FILE.png]

Every film's videos are judged by a model that learned from the other folds' films; posters and stills of films with a video are
left out throughout. Beside the recipe: chance; logistic regression on mean-pooled features of ImageNet's EfficientNet-Lite, from
the same pictures and films; the recipe with mean-pooling in place of the LSTM; the LSTM on shuffled moments. The encoder's
features and the head's training on pictures are the same for all folds and made once. Prints the table, and Platt's scaling for
the recipe's Config. `--record` writes the figures into a model's manifest and card.
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
from measuring import print_table

from mediakit.datasets.labelled_films import GENRES, LabelledFilm
from mediakit.layers.efficientnet_lite import HEAD_CHANNELS
from mediakit.media.figures import draw_reliability
from mediakit.recipes import trailer_genre as recipe
from mediakit.runtime.model_folder import open_folder, record_figures
from mediakit.tasks.film_genres.metrics import average_precisions, bootstrap_intervals, chance, truth_of
from mediakit.training.distribution import make_strategy
from mediakit.training.loading import make_config
from mediakit.training.trainer import Trainer

VARIANTS = {
    "the LSTM on shuffled moments": {"in_order": False},
    "mean-pooling in place of the LSTM": {"pooling": "mean"},
    "this recipe": {},
}
LOGISTIC = "logistic regression on mean-pooled frozen features"
PENALTIES = (1e-5, 1e-4, 1e-3)  # C of scikit-learn; the best counts, which flatters this baseline


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder in the layout of mediakit.datasets.film_frames")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--runs", type=Path, default=Path("runs/genre_folds"), help="for run folders; what is there is used")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of the recipe's Config")
    parser.add_argument("--record", metavar="MODEL", help="a model folder or shipped model whose manifest gets the figures")
    parser.add_argument("--reliability", type=Path, help="draw how probable and how frequent genres are")
    return parser.parse_args()


class Fold:
    """One part of the films held out, with the model that learns from the others."""

    def __init__(self, given: argparse.Namespace, number: int, settings: dict[str, object]):
        plain = make_config(recipe.Config, dict(pair.split("=", 1) for pair in given.set))
        self.config = dataclasses.replace(plain, hold_out=f"{number}/{given.folds}", **settings)
        self.data = recipe.read(self.config, given.data)
        self.runs, self.name = given.runs, "-".join(["run", *(f"{name}={value}" for name, value in settings.items())])
        self.number = number

    def features(self) -> recipe.Features:
        """The encoder's features of everything, from the cache that all folds share."""
        keras.utils.set_random_seed(self.config.seed)
        self.model = recipe.build(self.config, self.data)
        learned = recipe.Features(self.config, self.data, self.model, self.runs / "cache")
        learned.prepare()
        return learned

    def scores(self) -> np.ndarray:
        """Train, and score the held-out films: `[films, genres]`."""
        learned = self.features()
        run, first = self.runs / f"{self.name}-{self.number}", self.runs / f"{self.name}-pictures.npz"
        run.mkdir(parents=True, exist_ok=True)
        if first.exists():
            shutil.copy(first, run / "finished-0-pictures.npz")
        Trainer(self.model, recipe.phases(self.config, self.data, self.model, self.runs), make_strategy("one"), run).train()
        shutil.copy(run / "finished-0-pictures.npz", first)
        return learned.scores()

    def logistic_scores(self) -> np.ndarray:
        """What logistic regression says of the held-out films, every picture and film being one example, for each of PENALTIES:
        `[films, penalties, genres]`."""
        from sklearn.linear_model import LogisticRegression

        learned = self.features()
        means = {kind: learned.means(kind)[:, -2 * HEAD_CHANNELS : -HEAD_CHANNELS] for kind in ("picture", "film", "validation")}
        examples = np.concatenate([means["picture"], means["film"]])
        truth = truth_of([*self.data.pictures, *self.data.films])
        mean, deviation = examples.mean(axis=0), examples.std(axis=0) + 1e-6
        scores = np.zeros((len(self.data.validation), len(PENALTIES), len(GENRES)))
        for i, penalty in enumerate(PENALTIES):
            for j in range(len(GENRES)):
                model = LogisticRegression(C=penalty, max_iter=200).fit((examples - mean) / deviation, truth[:, j])
                scores[:, i, j] = model.decision_function((means["validation"] - mean) / deviation)
        return scores


def out_of_fold(
    given: argparse.Namespace, settings: dict[str, object], scores: Callable[[Fold], np.ndarray]
) -> tuple[list[LabelledFilm], np.ndarray]:
    """All videos, and what the folds that did not learn from them say."""
    films, said = [], []
    for number in range(1, given.folds + 1):
        fold = Fold(given, number, settings)
        films += fold.data.validation
        said.append(scores(fold))
        print(f"\r{settings or 'recipe'} {number}/{given.folds} ", end="", file=sys.stderr, flush=True)
    return films, np.concatenate(said)


def platt(truth: np.ndarray, scores: np.ndarray) -> tuple[float, float]:
    """Slope and offset, the same for all genres, that make the scores' sigmoids probabilities (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), truth.ravel())
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def main() -> None:
    """Train, measure, print."""
    given = arguments()
    found = {name: out_of_fold(given, settings, Fold.scores) for name, settings in VARIANTS.items()}
    films, scores = found["this recipe"]
    truth, names = truth_of(films), [film.film for film in films]
    logistic = out_of_fold(given, {}, Fold.logistic_scores)[1]
    baselines = {"chance": chance(truth)}
    tried = [average_precisions(truth, logistic[:, i]) for i in range(len(PENALTIES))]
    baselines[LOGISTIC] = max(tried, key=lambda values: sum(values.values()))
    baselines |= {name: average_precisions(truth, said) for name, (_, said) in found.items() if name != "this recipe"}
    values, intervals = average_precisions(truth, scores), bootstrap_intervals(truth, scores, names)
    cells = [f"**{values[name]:.3f}** [{low:.3f}, {high:.3f}]" for name, (low, high) in intervals.items()]
    rows = [[name, *(f"{number:.3f}" for number in figures.values())] for name, figures in baselines.items()]
    print_table([f"{len(set(names))} films, {len(films)} videos", *values], [*rows, ["this recipe", *cells]])
    slope, offset = platt(truth, scores)
    print(f"Platt's scaling: slope {slope:.3f}, offset {offset:.3f}")
    if given.reliability:
        draw_reliability(1 / (1 + np.exp(-slope * scores - offset)), truth).save(given.reliability)
    if given.record:
        entry = {
            "data": given.data.resolve().name,
            "split": f"train and val, {given.folds}-fold cross-validation by film",
            "date": datetime.date.today().isoformat(),
            "examples": len(films),
            "options": {},
            "values": values,
            "intervals": intervals,
            "baselines": baselines,
        }
        record_figures(open_folder(given.record), entry)


if __name__ == "__main__":
    main()
