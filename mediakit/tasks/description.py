"""What a program may want to know of a model."""

from typing import Any

from mediakit.errors import ModelError
from mediakit.runtime.card import evaluations, headline
from mediakit.runtime.model_folder import ModelFolder
from mediakit.tasks import task_of

_KEPT = ("recipe", "summary", "good_for", "not_good_for", "training", "data", "license", "parameters", "created")


def describe(folder: ModelFolder) -> dict[str, Any]:
    """A model's name, task, command, size, headline metric, evaluations, and what else its manifest says."""
    manifest = folder.manifest
    return {
        "name": folder.name,
        "task": folder.task,
        "command": command_of(folder),
        "megabytes": round(folder.size / 1e6, 1),
        "headline": headline(manifest),
        **{key: manifest[key] for key in _KEPT if key in manifest},
        "evaluations": [evaluation.to_dict() for evaluation in evaluations(manifest)],
    }


def command_of(folder: ModelFolder) -> str:
    """The command that runs a model; empty if no installed package serves its task."""
    try:
        return task_of(folder).command_name
    except ModelError:
        return ""
