"""mediakit: captions for photos, and more, from small trained models that need no TensorFlow to answer.

import mediakit
caption = mediakit.load("captioning")
print(caption("photo.jpg").text)
"""

import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mediakit.mapper import Mapper

if TYPE_CHECKING:
    from mediakit.runtime.evaluation import Evaluation
    from mediakit.training.history import History

__version__ = "0.1.0"
__all__ = ["Mapper", "__version__", "evaluate", "fine_tune", "load", "models", "train"]


def load(model: str | os.PathLike[str], **options: Any) -> Any:
    """The pipeline of a model: a shipped one by name (`mediakit.models()` lists them) or any model folder by path.

    Args:
        model: such as "captioning", or a folder that `mediakit train` wrote.
        options: for the pipeline; see `mediakit.tasks.<task>.pipeline`.

    Raises ModelError for an unknown or damaged model, InputError for an unknown option.
    """
    from mediakit.runtime.model_folder import open_folder
    from mediakit.runtime.pipeline import check_option_names
    from mediakit.tasks import task_of

    folder = open_folder(model)
    load_task = task_of(folder).load
    check_option_names(load_task, options)
    return load_task(folder, **options)


def evaluate(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str],
    split: str,
    *,
    limit: int | None = None,
    record: bool = False,
    progress: bool = False,
    **options: Any,
) -> "Evaluation":
    """Metrics of a model on a split of a data set, measured through its pipeline, with 95 % intervals and baselines.

    Args:
        model: a shipped model's name, a model folder, or a task of which one model is shipped.
        data: the data set's folder.
        split: such as "dev" or "val".
        limit: measure only the first examples, so many.
        record: write the metrics to the model's manifest and card.
        progress: show a bar on standard error, if that is a terminal.
        options: of the pipeline, such as `beam=1`.

    Raises ModelError for an unknown model, DataError for data that cannot be read, InputError for an unknown option.
    """
    from mediakit.tasks.evaluate import evaluate

    return evaluate(model, data, split, options, limit=limit, record=record, progress=progress)


def models() -> dict[str, str]:
    """The shipped models, and those in the folder that MEDIAKIT_MODELS names: name to one sentence about each."""
    from mediakit.runtime.model_folder import named, open_folder

    return {name: open_folder(name).manifest.get("summary", "") for name in named()}


def train(
    recipe: str | os.PathLike[str] | ModuleType | None,
    data: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    start: str | os.PathLike[str] | None = None,
    strategy: str = "auto",
    precision: str = "float32",
    phase: str | Sequence[str] = (),
    dry_run: bool = False,
    **settings: Any,
) -> "History | None":
    """Train a recipe, as `mediakit train` does, and write a model folder to `out/model`; a second call goes on after a stop.

    Args:
        recipe: such as "captioning", a recipe file, or a module; None is that of `start`.
        data: the data set's folder.
        out: the run folder; `runs/<recipe>` by default.
        start: a trained model to start from, as `fine_tune` does.
        strategy: which devices train: "auto", "one", "mirrored", "multiworker" or "tpu".
        precision: of matrix products on a CPU, "float32" or "bfloat16".
        phase: only this phase, or these.
        dry_run: try a step of every phase and the export, print what there is to know, and keep nothing.
        settings: fields of the recipe's Config, such as `epochs=3`.

    Returns the run's history (None after a dry run): its metrics, their curves, and the path of the model folder.

    Raises MissingExtra without TensorFlow, and InputError, DataError or RecipeError when something is wrong.
    """
    from mediakit.runtime.recipes import check_recipe

    name = recipe if recipe is None or isinstance(recipe, ModuleType) else os.fspath(recipe)
    if isinstance(name, str):
        check_recipe(name)  # before TensorFlow is missed or started
    from mediakit.training import command

    phases = [phase] if isinstance(phase, str) else list(phase)
    return command.train(name, Path(data), Path(out) if out else None, settings, strategy, dry_run, phases, precision, start)


def fine_tune(
    model: str | os.PathLike[str], data: str | os.PathLike[str], out: str | os.PathLike[str] | None = None, **options: Any
) -> "History | None":
    """Train a trained model further, on other data: `train` with the model's recipe, weights, words and settings.

    Args:
        model: a shipped model's name, a model folder, or the folder of a finished run.
        data: the data set's folder.
        out: the run folder; `runs/<recipe>` by default.
        options: of `train`, and settings that are not to be the model's, such as `epochs=3`.

    Raises ModelError when there is no such model or its weights cannot be restored, and what `train` raises.
    """
    return train(None, data, out, start=model, **options)
