"""mediakit: captions for photos, and more, from small trained models that need no TensorFlow to answer.

import mediakit
caption = mediakit.load("captioning")
print(caption("photo.jpg").text)
"""

import os
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "load", "models"]


def load(model: str | os.PathLike[str], **options: Any) -> Any:
    """The pipeline of a model: a shipped one by name (`mediakit.models()` lists them) or any model folder by path.

    Args:
        model: such as "captioning", or a folder that `mediakit train` wrote.
        options: for the pipeline; see `mediakit.tasks.<task>.pipeline`.

    Raises ModelError for an unknown or damaged model.
    """
    from mediakit.runtime.model_folder import open_folder
    from mediakit.tasks import find_task

    folder = open_folder(model)
    return find_task(folder.task).load(folder, **options)


def models() -> dict[str, str]:
    """The shipped models: name to one sentence about each."""
    from mediakit.runtime.model_folder import open_folder, shipped

    return {name: open_folder(name).manifest.get("summary", "") for name in shipped()}
