"""Metrics of named entities: precision, recall and F1 of whole entities by seqeval, as the CoNLL shared tasks count them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import conll
from mediakit.datasets.conll import TaggedSentence, spans
from mediakit.errors import DataError, MissingExtra
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options

CASES: dict[str, Callable[[str], str]] = {"upper case": str.upper, "lower case": str.lower}
Labels = Sequence[str]
Dictionary = Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class Example:
    """A sentence, and for a baseline the entities of the training sentences, tokens to type, which all examples share."""

    sentence: TaggedSentence
    known: Dictionary


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Example]:
    """The sentences of a split of the model's own data set (`dataset` in its config), or else of whatever the folder holds.

    Without training sentences in the folder no entity is known.
    """
    dataset = config["dataset"] if conll.holds(folder, config.get("dataset")) else None
    sentences = conll.read(folder, split, dataset)
    known: Dictionary = {}
    with suppress(DataError):
        known = entity_dictionary(conll.read(folder, "train", dataset))
    return [Example(sentence, known) for sentence in sentences]


def evaluate(pipeline: Any, examples: Sequence[Example], *, options: dict[str, Any] | None = None, progress: Progress = iter) -> Evaluation:
    """Corpus scores in percent of an `EntityTagger` on tokenised sentences.

    Baselines: the longest match with entities of the training sentences, if there are any; and this model on text in upper and in
    lower case. Options
    are those of `EntityTagger.label`. The interval of F1 resamples sentences.
    """
    options = options or {}
    check_options(pipeline.label, options)
    wanted = [example.sentence.labels for example in examples]
    tokens = [example.sentence.tokens for example in examples]
    labels = list(progress(pipeline.label(tokens, **options)))
    baselines = {}
    if any(example.known for example in examples):
        matches = [longest_matches(example.sentence.tokens, example.known) for example in examples]
        baselines["longest match with training entities"] = score(wanted, matches)
    for name, change in CASES.items():
        recased = [[change(token) for token in sentence] for sentence in tokens]
        baselines[f"this model, all in {name}"] = score(wanted, list(pipeline.label(recased, **options)))
    return Evaluation(score(wanted, labels), len(examples), options, f1_interval(wanted, labels), baselines)


def score(wanted: Sequence[Labels], given: Sequence[Labels]) -> dict[str, float]:
    """Corpus scores in percent by seqeval: `F1`, `precision` and `recall` over all entities, and F1 for each type."""
    try:
        from seqeval.metrics import classification_report
    except ImportError as error:
        raise MissingExtra.of("train", "seqeval") from error
    both = ([list(labels) for labels in part] for part in (wanted, given))
    report: Any = classification_report(*both, output_dict=True, zero_division=0)
    total = report["micro avg"]
    types = {f"F1 {name}": part["f1-score"] for name, part in report.items() if not name.endswith(" avg")}
    metrics = {"F1": total["f1-score"], "precision": total["precision"], "recall": total["recall"], **types}
    return {name: 100 * float(value) for name, value in metrics.items()}


def f1_interval(wanted: Sequence[Labels], given: Sequence[Labels]) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of `F1` over sentences, in percent."""
    counts = np.array([_counts(*pair) for pair in zip(wanted, given, strict=True)])

    def f1(drawn: np.ndarray) -> dict[str, float]:
        correct, entities = drawn.sum(axis=0)
        return {"F1": 200 * correct / max(entities, 1)}

    return bootstrap(f1, counts)


def _counts(wanted: Labels, given: Labels) -> tuple[int, int]:
    """The number of correct entities, and of wanted and given ones together."""
    theirs, ours = set(spans(wanted)), set(spans(given))
    return len(ours & theirs), len(ours) + len(theirs)


def entity_dictionary(sentences: Sequence[TaggedSentence]) -> Dictionary:
    """The tokens of every entity, and their most frequent type."""
    types: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for span in spans(sentence.labels):
            types[sentence.tokens[span.start : span.end]][span.type] += 1
    return {tokens: counted.most_common(1)[0][0] for tokens, counted in types.items()}


def longest_matches(tokens: Sequence[str], known: Dictionary) -> tuple[str, ...]:
    """Labels in IOB2 of the longest known entities, searched from left to right."""
    longest = max(map(len, known), default=0)
    labels = ["O"] * len(tokens)
    start = 0
    while start < len(tokens):
        ends = range(min(len(tokens), start + longest), start, -1)
        end = next((end for end in ends if tuple(tokens[start:end]) in known), None)
        if end is None:
            start += 1
            continue
        type_ = known[tuple(tokens[start:end])]
        labels[start:end] = [f"B-{type_}"] + [f"I-{type_}"] * (end - start - 1)
        start = end
    return tuple(labels)
