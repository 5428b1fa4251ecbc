"""Translations against people's: BLEU and chrF as sacreBLEU defines them (Post 2018)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mediakit.datasets import parallel_text
from mediakit.datasets.parallel_text import SentencePair
from mediakit.errors import DataError, MissingExtra

RESAMPLES = 1000
Scores = dict[str, float]
Intervals = dict[str, tuple[float, float]]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[SentencePair]:
    """The pairs of a split in the model's languages, in any layout that `mediakit.datasets.parallel_text` reads.

    `val:tatoeba` are those of `val` that are from one of several data sets in a folder. Raises DataError when there are none.
    """
    split, _, origin = split.partition(":")
    pairs = parallel_text.read(folder, split, config["source"], config["target"])
    chosen = [pair for pair in pairs if origin in ("", pair.origin)]
    if not chosen:
        there = ", ".join(sorted({f"{split}:{pair.origin}" for pair in pairs}))
        raise DataError(f"{folder}: no pairs of {origin!r} in the split {split}; there are {there}")
    return chosen


def evaluate(
    pipeline: Any, pairs: Sequence[SentencePair], *, options: dict[str, Any] | None = None, progress: Callable[[Any], Any] = iter
) -> dict[str, Any]:
    """Figures of a translation pipeline: `values`, 95 % bootstrap `intervals` over sentences, and `baselines`.

    Args:
        pipeline: a `Translator`.
        pairs: sentences and their translations.
        options: of the pipeline, such as `beam`.
        progress: wraps the stream of translations.
    """
    sources, references = [pair.source for pair in pairs], [pair.target for pair in pairs]
    said = [translation.text for translation in progress(pipeline.stream(sources, **(options or {})))]
    values, intervals = score(references, said)
    baselines = {"the source, copied": score(references, sources)[0]}
    return {"examples": len(pairs), "options": options or {}, "values": values, "intervals": intervals, "baselines": baselines}


def score(references: Sequence[str], translations: Sequence[str]) -> tuple[Scores, Intervals]:
    """Corpus scores in percent, and their 95 % intervals: BLEU (4-grams, cased, tokenised as 13a) and chrF (Popović 2015)."""
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError as error:
        raise MissingExtra.of("train", "sacrebleu") from error
    resamples = RESAMPLES if len(references) > 1 else 1  # one sentence says nothing of others
    scores = {
        name: metric.corpus_score(translations, [references], n_bootstrap=resamples)
        for name, metric in (("BLEU", BLEU()), ("chrF", CHRF()))
    }
    intervals = {name: (float(s._mean - s._ci), float(s._mean + s._ci)) for name, s in scores.items() if resamples > 1}
    return {name: float(s.score) for name, s in scores.items()}, intervals
