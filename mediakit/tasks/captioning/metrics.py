"""Metrics of captions: BLEU, METEOR, ROUGE-L and CIDEr by the scorers of the COCO caption challenge (Chen et al. 2015)."""

import contextlib
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import captioned_photos
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.errors import MediakitError, MissingExtra
from mediakit.native_messages import stderr_without
from mediakit.runtime.bootstrap import bootstrap
from mediakit.runtime.evaluation import Evaluation, Progress
from mediakit.runtime.pipeline import check_options, results_of

CONSTANT = "a man in a red shirt is standing in front of a building"


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[CaptionedPhoto]:
    """The photos of a split, in any layout of `mediakit.datasets.captioned_photos`; the config has no effect."""
    return captioned_photos.read(folder, split)


def evaluate(
    pipeline: Any, photos: Sequence[CaptionedPhoto], *, options: dict[str, Any] | None = None, progress: Progress = iter
) -> Evaluation:
    """Corpus scores of a `Captioner`'s captions, beside a constant caption and, where photos have several, a human one.

    Options are those of `Captioner.stream`. The interval of CIDEr, a mean over photos, resamples photos.
    """
    options = options or {}
    check_options(pipeline.stream, options)
    _check_scorers()
    stream = pipeline.stream([photo.path for photo in photos], **options)
    captions = [caption.text for caption in results_of(progress(stream))]
    references = [list(photo.captions) for photo in photos]
    values, ciders = score(references, captions)
    baselines = {"a constant caption": score(references, [CONSTANT] * len(photos))[0]}
    if all(len(texts) > 1 for texts in references):
        others = [texts[1:] for texts in references]
        baselines["one human caption, against the others"] = score(others, [texts[0] for texts in references])[0]
        baselines["this model, against the same others"] = score(others, captions)[0]
    intervals = bootstrap(lambda drawn: {"CIDEr": drawn.mean()}, ciders)
    return Evaluation(values, len(photos), options, intervals, baselines)


def score(references: Sequence[Sequence[str]], captions: Sequence[str]) -> tuple[dict[str, float], np.ndarray]:
    """Corpus scores of captions, and the CIDEr of each caption, float `[photos]`.

    BLEU-4, METEOR and ROUGE-L are in percent; CIDEr is as published, where human captions of Flickr8k reach about 0.8.
    """
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    # The scorers print on standard output, which belongs to the results, and the tokenizer reports its speed on standard error.
    with contextlib.redirect_stdout(io.StringIO()), stderr_without(rb"^PTBTokenizer tokenized"):
        tokenizer = PTBTokenizer()
        wanted = tokenizer.tokenize({i: [{"caption": text} for text in texts] for i, texts in enumerate(references)})
        given = tokenizer.tokenize({i: [{"caption": text}] for i, text in enumerate(captions)})
        bleu, _ = Bleu(4).compute_score(wanted, given, verbose=0)
        cider, each_cider = Cider().compute_score(wanted, given)
        rouge, _ = Rouge().compute_score(wanted, given)
        meteor, _ = Meteor().compute_score(wanted, given)
    values = {"CIDEr": float(cider), "METEOR": 100 * float(meteor), "BLEU-4": 100 * float(bleu[3]), "ROUGE-L": 100 * float(rouge)}
    return values, np.asarray(each_cider)


def _check_scorers() -> None:
    try:
        import pycocoevalcap.bleu.bleu  # noqa: F401
    except ImportError as error:
        raise MissingExtra.of("train", "pycocoevalcap") from error
    if not shutil.which("java"):
        raise MediakitError("METEOR and the PTB tokenizer need Java: install a Java runtime (Debian: apt-get install default-jre-headless)")
