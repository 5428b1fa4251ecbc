"""Metrics of translations: BLEU and chrF by sacreBLEU (Post 2018)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mediakit.datasets import parallel_text
from mediakit.datasets.parallel_text import SentencePair
from mediakit.errors import DataError, MissingExtra, ModelError
from mediakit.runtime.bootstrap import RESAMPLES
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of

Scores = dict[str, float]
Intervals = dict[str, tuple[float, float]]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[SentencePair]:
    """The pairs of a split in the model's languages, in any layout that `mediakit.datasets.parallel_text` reads.

    Where a folder holds several data sets, `val:tatoeba` are the pairs of `val` from one of them. Raises DataError if there are none.
    """
    missing = [name for name in ("source", "target") if name not in config]
    if missing:
        raise ModelError(f"the model's config lacks {' and '.join(missing)}, its languages")
    split, _, origin = split.partition(":")
    pairs = parallel_text.read(folder, split, config["source"], config["target"])
    chosen = [pair for pair in pairs if origin in ("", pair.origin)]
    if not chosen:
        there = ", ".join(sorted({f"{split}:{pair.origin}" for pair in pairs}))
        raise DataError(f"{folder}: no pairs of {origin!r} in the split {split}; it has {there}")
    return chosen


def evaluate(
    pipeline: Any, pairs: Sequence[SentencePair], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Corpus scores of a `Translator` on sentence pairs, beside the source text, copied. Options are those of `Translator.stream`."""
    options = options or {}
    check_options(pipeline.stream, options)
    sources, references = [pair.source for pair in pairs], [pair.target for pair in pairs]
    translations = [translation.text for translation in results_of(progress(pipeline.stream(sources, **options)))]
    values, intervals = score(references, translations)
    return Evaluation(values, len(pairs), options, intervals, {"the source, copied": score(references, sources)[0]})


def score(references: Sequence[str], translations: Sequence[str]) -> tuple[Scores, Intervals]:
    """Corpus BLEU (4-grams, cased, tokenised as 13a) and chrF (Popović 2015) in percent, and their 95 % bootstrap intervals.

    sacreBLEU does the resampling, since it alone has the n-gram counts of each sentence. A single sentence has no interval.
    """
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError as error:
        raise MissingExtra.of("train", "sacrebleu") from error
    resamples = RESAMPLES if len(references) > 1 else 1
    scores = {
        name: metric.corpus_score(translations, [references], n_bootstrap=resamples)
        for name, metric in (("BLEU", BLEU()), ("chrF", CHRF()))
    }
    intervals = {name: (float(s._mean - s._ci), float(s._mean + s._ci)) for name, s in scores.items() if resamples > 1}
    return {name: float(s.score) for name, s in scores.items()}, intervals
