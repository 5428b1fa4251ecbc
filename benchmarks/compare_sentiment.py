"""Accuracy of `mediakit sentiment` beside VADER, TextBlob and tf-idf with logistic regression, on texts that none of them learned from.

    python benchmarks/compare_sentiment.py --data FOLDER [--model sentiment/en] [--contrasts tests/data/contrasts.tsv]

FOLDER is what the model learned from: its dev split is measured, its train split trains the logistic regression. The contrast set
holds negations, clauses that turn and comparisons. Then words are deleted, one at a time: those that the model names, and others.
VADER and TextBlob are skipped with a note where they are not installed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import mediakit
from mediakit.datasets import labelled_texts
from mediakit.datasets.labelled_texts import LabelledText
from mediakit.runtime.bootstrap import bootstrap

ROOT = Path(__file__).resolve().parents[1]
Judge = Callable[[Sequence[str]], np.ndarray]  # texts to whether each is positive


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="texts that the model learned from")
    parser.add_argument("--model", default="sentiment/en", help="shipped model or model folder")
    parser.add_argument("--contrasts", type=Path, default=ROOT / "tests" / "data" / "contrasts.tsv", help="texts that turn")
    parser.add_argument("--deleted", type=int, default=300, help="texts whose words are deleted")
    return parser.parse_args()


def vader() -> Judge:
    """The sign of VADER's compound score."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return lambda texts: np.array([analyser.polarity_scores(text)["compound"] >= 0 for text in texts])


def textblob() -> Judge:
    """The sign of TextBlob's polarity."""
    from textblob import TextBlob

    return lambda texts: np.array([TextBlob(text).sentiment.polarity >= 0 for text in texts])


def tf_idf(train: Sequence[LabelledText]) -> Judge:
    """Logistic regression on words and pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(C=10, max_iter=1000))
    model.fit([text.text for text in train], [text.positive > 0.5 for text in train])
    return lambda texts: model.predict(list(texts)).astype(bool)


def with_opinion(folder: Path, split: str) -> list[LabelledText]:
    """The texts that are not neutral."""
    return [text for text in labelled_texts.read(folder, split) if text.positive != 0.5]


def accuracy(judge: Judge, texts: Sequence[LabelledText]) -> str:
    """Percent, and the 95 % interval."""
    right = (judge([text.text for text in texts]) == np.array([text.positive > 0.5 for text in texts])).astype(float)
    low, high = bootstrap(lambda drawn: {"accuracy": 100 * drawn.mean()}, right)["accuracy"]
    return f"{100 * right.mean():.1f} [{low:.1f}, {high:.1f}]"


def contrast_sets(path: Path) -> dict[str, list[LabelledText]]:
    """The texts of a contrast set by kind."""
    _, *rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    sets: dict[str, list[LabelledText]] = {}
    for text, label, kind in rows:
        sets.setdefault(kind, []).append(LabelledText(text, label == "1", kind))
    return sets


def deletions(pipeline, texts: Sequence[str]) -> tuple[float, float]:
    """By how much the logit falls towards the other answer when a word is deleted: the one that said most, and the others on average."""

    def logits(found) -> np.ndarray:
        scores = np.clip([one.score for one in found], 1e-6, 1 - 1e-6)
        return np.log(scores / (1 - scores))

    first, others = [], []
    for found in pipeline(list(texts)):
        if len(found.parts) != 1 or not found.parts[0].words:
            continue
        words = [word for word in found.parts[0].weighed if any(map(str.isalnum, word.text))]
        without = logits(pipeline([found.text[: word.start] + found.text[word.end :] for word in words]))
        falls = (logits([found]) - without) * (1 if found.score >= 0.5 else -1)
        named = words.index(found.parts[0].words[0]) if found.parts[0].words[0] in words else None
        if named is not None and len(words) > 1:
            first.append(falls[named])
            others.append(np.delete(falls, named).mean())
    return float(np.mean(first)), float(np.mean(others))


def main() -> None:
    """Measure and print."""
    args = arguments()
    pipeline = mediakit.load(args.model)
    judges: dict[str, Judge] = {f"mediakit {args.model}": lambda texts: np.array([one.score >= 0.5 for one in pipeline(list(texts))])}
    judges["tf-idf, logistic regression"] = tf_idf(with_opinion(args.data, "train"))
    for name, make in (("VADER", vader), ("TextBlob", textblob)):
        try:
            judges[name] = make()
        except ImportError:
            print(f"skipping {name}: it is not installed", file=sys.stderr)
    sets: dict[str, list[LabelledText]] = {}
    for text in with_opinion(args.data, "dev"):
        sets.setdefault(text.source, []).append(text)
    sets |= contrast_sets(args.contrasts)
    print(f"| | {' | '.join(f'{name} ({len(texts)})' for name, texts in sets.items())} |")
    print("|---" * (len(sets) + 1) + "|")
    for name, judge in judges.items():
        print(f"| {name} | {' | '.join(accuracy(judge, texts) for texts in sets.values())} |")
    texts = max(sets.values(), key=len)
    named, others = deletions(pipeline, [text.text for text in texts[: args.deleted]])
    print(f"\nDeleting the word that said most moves the logit by {named:.2f} towards the other answer, any other word by {others:.2f}.")


if __name__ == "__main__":
    main()
