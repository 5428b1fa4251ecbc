"""Named entities against those that people marked: precision, recall and F1 by seqeval, as the CoNLL shared tasks count them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import conll
from mediakit.datasets.conll import TaggedSentence, spans
from mediakit.errors import MissingExtra

RESAMPLES = 1000
CASES: dict[str, Callable[[str], str]] = {"all in capitals": str.upper, "all in small letters": str.lower}
Labels = Sequence[str]
Dictionary = Mapping[tuple[str, ...], str]


@dataclass(frozen=True)
class Example:
    """A sentence, and the entities of the training sentences, from tokens to type: the same for all, for a baseline."""

    sentence: TaggedSentence
    known: Dictionary


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[Example]:
    """The sentences of a split of the model's own data set (`dataset` in its config), or of whichever the folder holds."""
    dataset = config.get("dataset")
    sentences = conll.read(folder, split, dataset)
    known = entity_dictionary(conll.read(folder, "train", dataset))
    return [Example(sentence, known) for sentence in sentences]


def evaluate(
    pipeline: Any, examples: Sequence[Example], *, options: dict[str, Any] | None = None, progress: Callable[[Any], Any] = iter
) -> dict[str, Any]:
    """Figures in percent of an `EntityTagger` on sentences in tokens: `values`, 95 % bootstrap `intervals` over sentences of F1, and
    as `baselines` the longest entity of the training sentences wherever its tokens stand, and this model without the right case.

    Args:
        pipeline: an `EntityTagger`.
        examples: sentences with their labels.
        options: of its `label`, such as `threshold`.
        progress: wraps the stream of sentences.
    """
    wanted = [example.sentence.labels for example in examples]
    tokens = [example.sentence.tokens for example in examples]
    given = list(progress(pipeline.label(tokens, **(options or {}))))
    baselines = {
        "longest match with training entities": score(wanted, [longest_matches(e.sentence.tokens, e.known) for e in examples]),
        **{
            f"this model, {name}": score(wanted, list(pipeline.label([[change(t) for t in line] for line in tokens], **(options or {}))))
            for name, change in CASES.items()
        },
    }
    return {
        "examples": len(examples),
        "options": options or {},
        "values": score(wanted, given),
        "intervals": {"F1": f1_interval(wanted, given)},
        "baselines": baselines,
    }


def score(wanted: Sequence[Labels], given: Sequence[Labels]) -> dict[str, float]:
    """Corpus scores in percent, by seqeval: `F1`, `precision`, `recall` over all entities, and of each type its F1."""
    try:
        from seqeval.metrics import classification_report
    except ImportError as error:
        raise MissingExtra.of("train", "seqeval") from error
    both = ([list(labels) for labels in part] for part in (wanted, given))
    report: Any = classification_report(*both, output_dict=True, zero_division=0)
    total = report["micro avg"]
    types = {f"F1 {name}": part["f1-score"] for name, part in report.items() if not name.endswith(" avg")}
    figures = {"F1": total["f1-score"], "precision": total["precision"], "recall": total["recall"], **types}
    return {name: 100 * float(value) for name, value in figures.items()}


def f1_interval(wanted: Sequence[Labels], given: Sequence[Labels]) -> tuple[float, float]:
    """The middle 95 % of F1 over resampled sentences (Efron 1979), in percent."""
    counts = np.array([_counts(*pair) for pair in zip(wanted, given, strict=True)])
    chosen = np.random.default_rng(0).integers(len(counts), size=(RESAMPLES, len(counts)))
    right, both = np.array([counts[rows].sum(axis=0) for rows in chosen]).T
    low, high = np.quantile(200 * right / np.maximum(both, 1), [0.025, 0.975])
    return float(low), float(high)


def _counts(wanted: Labels, given: Labels) -> tuple[int, int]:
    """Right entities, and those wanted and given together."""
    theirs, ours = set(spans(wanted)), set(spans(given))
    return len(ours & theirs), len(ours) + len(theirs)


def entity_dictionary(sentences: Sequence[TaggedSentence]) -> Dictionary:
    """Every entity's tokens and the type that they most often have."""
    types: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        for span in spans(sentence.labels):
            types[sentence.tokens[span.start : span.end]][span.type] += 1
    return {tokens: counted.most_common(1)[0][0] for tokens, counted in types.items()}


def longest_matches(tokens: Sequence[str], known: Dictionary) -> tuple[str, ...]:
    """Labels in IOB2: from the left, the longest known entity that begins at each token."""
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
