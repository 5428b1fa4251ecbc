"""A run folder: what a run began with, so that it goes on with the same."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mediakit.errors import DataError, InputError
from mediakit.training.loading import config_as_dict


class RunFolder:
    """The folder of a training run: settings in config.json, vocabularies and the like in files/, checkpoints, metrics.jsonl."""

    def __init__(self, path: Path):
        self.path = path

    def settings(self) -> dict[str, Any]:
        """What config.json holds: `recipe`, `data`, `config`. Raises DataError when this is no run folder."""
        try:
            return json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path}: not a run folder of `mediakit train`: {error}") from error

    def keep_settings(self, recipe: str, config: Any, data: Path) -> None:
        """Write config.json. Raises InputError when the run began with other settings."""
        self.path.mkdir(parents=True, exist_ok=True)
        kept = {"recipe": recipe, "data": str(data.resolve()), "config": config_as_dict(config)}
        file = self.path / "config.json"
        if file.exists() and self.settings()["config"] != kept["config"]:
            raise InputError(f"{self.path}: holds a run with other settings; give another --out, or the settings of {file}")
        file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")

    def keep_files(self, files: dict[str, Callable[[Path], None]]) -> None:
        """Keep what the model's numbers mean (a vocabulary, say). Raises DataError when it has changed since the run began:
        the weights would silently belong to other words."""
        kept = self.path / "files"
        for name, write in files.items():
            with tempfile.TemporaryDirectory(dir=self.path) as temporary:
                file = Path(temporary) / name
                write(file)
                if not (kept / name).exists():
                    kept.mkdir(exist_ok=True)
                    file.replace(kept / name)
                elif file.read_bytes() != (kept / name).read_bytes():
                    raise DataError(f"{self.path}: {name} has changed since the run began: was the data changed? Give another --out")
