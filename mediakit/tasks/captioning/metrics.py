"""Captions against people's: BLEU, METEOR, ROUGE-L and CIDEr by the scorers of the COCO caption challenge (Chen et al. 2015)."""

import contextlib
import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.datasets import captioned_photos
from mediakit.datasets.captioned_photos import CaptionedPhoto
from mediakit.errors import DataError, MediakitError, MissingExtra
from mediakit.runtime.bootstrap import bootstrap_interval

CONSTANT = "a man in a red shirt is standing in front of a building"
Scores = dict[str, float]


def examples(folder: Path, split: str, config: dict[str, Any]) -> list[CaptionedPhoto]:
    """The photos of a split, in any layout of `mediakit.datasets.captioned_photos`; the model's config doesn't matter."""
    return captioned_photos.read(folder, split)


def evaluate(
    pipeline: Any, photos: Sequence[CaptionedPhoto], *, options: dict[str, Any] | None = None, progress: Callable[[Any], Any] = iter
) -> dict[str, Any]:
    """Figures of a captioning pipeline: `values`, 95 % bootstrap `intervals` over photos, and `baselines`.

    Args:
        pipeline: a `Captioner`.
        photos: with their captions.
        options: of the pipeline, such as `beam`.
        progress: wraps the stream of captions.
    """
    _check_scorers()
    said = []
    for path, caption in progress(pipeline.stream([photo.path for photo in photos], **(options or {}))):
        if isinstance(caption, MediakitError):
            raise DataError(f"{path}: {caption}")
        said.append(caption.text)
    references = [list(photo.captions) for photo in photos]
    values, each = score(references, said)
    baselines = {"a constant caption": score(references, [CONSTANT] * len(photos))[0]}
    if all(len(texts) > 1 for texts in references):
        others = [texts[1:] for texts in references]
        baselines["one person's caption, against the others"] = score(others, [texts[0] for texts in references])[0]
        baselines["this model, against the same others"] = score(others, said)[0]
    intervals = {name: bootstrap_interval(numbers) for name, numbers in each.items()}
    return {"examples": len(photos), "options": options or {}, "values": values, "intervals": intervals, "baselines": baselines}


def score(references: Sequence[Sequence[str]], captions: Sequence[str]) -> tuple[Scores, dict[str, np.ndarray]]:
    """Corpus scores of captions, and the scores of each one for those metrics that are means over photos.

    BLEU-4, METEOR and ROUGE-L are in percent, CIDEr is as published (1.0 is what people agree on, roughly).
    """
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.meteor.meteor import Meteor
    from pycocoevalcap.rouge.rouge import Rouge
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    # The scorers chat on standard output, which belongs to the results.
    with contextlib.redirect_stdout(io.StringIO()):
        tokenizer = PTBTokenizer()
        wanted = tokenizer.tokenize({i: [{"caption": text} for text in texts] for i, texts in enumerate(references)})
        given = tokenizer.tokenize({i: [{"caption": text}] for i, text in enumerate(captions)})
        bleu, _ = Bleu(4).compute_score(wanted, given, verbose=0)
        cider, each_cider = Cider().compute_score(wanted, given)
        rouge, _ = Rouge().compute_score(wanted, given)
        meteor, _ = Meteor().compute_score(wanted, given)
    values = {"CIDEr": float(cider), "METEOR": 100 * float(meteor), "BLEU-4": 100 * float(bleu[3]), "ROUGE-L": 100 * float(rouge)}
    return values, {"CIDEr": np.asarray(each_cider)}


def _check_scorers() -> None:
    try:
        import pycocoevalcap.bleu.bleu  # noqa: F401
    except ImportError as error:
        raise MissingExtra.of("train", "pycocoevalcap") from error
    if not shutil.which("java"):
        raise MediakitError(
            "METEOR and the tokenizer of the scorers need Java: install a Java runtime (Debian: apt-get install default-jre-headless)"
        )
