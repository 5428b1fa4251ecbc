"""A run folder: what a run began with, so that it goes on with the same."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mediakit.errors import DataError, InputError
from mediakit.training.loading import config_as_dict


class RunFolder:
    """The folder of a training run: settings in config.json, vocabularies and the like in files/, checkpoints, metrics.jsonl."""

    def __init__(self, path: Path):
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from training in the folder; a process that dies lets go. Raises InputError when one trains in it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / "lock", "a", encoding="utf-8") as file:
            try:
                _lock(file)
            except OSError as error:
                raise InputError(f"{self.path}: another process is training in this folder; give another --out") from error
            yield

    def settings(self) -> dict[str, Any]:
        """What config.json holds: `recipe`, `data`, `config`, `fingerprint`, `start`. Raises DataError when this is no run folder."""
        file = self.path / "config.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise DataError(f"{self.path}: not a run folder of `mediakit train`: it has no config.json") from error
        except (OSError, ValueError) as error:
            raise DataError(f"{file}: is damaged ({error}); delete it if the run goes on with the same settings and data") from error

    def keep_settings(self, recipe: str, config: Any, data: Path, fingerprint: str, start: str | None = None) -> None:
        """Write config.json. Raises InputError when the run began with other settings, DataError when it began with other data."""
        self.path.mkdir(parents=True, exist_ok=True)
        kept = {"recipe": recipe, "data": str(data.resolve()), "config": config_as_dict(config), "fingerprint": fingerprint, "start": start}
        file = self.path / "config.json"
        if file.exists():
            before = self.settings()
            if before["config"] != kept["config"] or before.get("start") != start:
                raise InputError(f"{self.path}: holds a run with other settings; give another --out, or the settings of {file}")
            self.check_data(data, fingerprint)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        partial.replace(file)

    def check_data(self, data: Path, fingerprint: str) -> None:
        """Raise DataError when the run began with examples of another fingerprint."""
        before = self.settings()
        if before.get("fingerprint", fingerprint) == fingerprint:
            return
        if before["data"] == str(data.resolve()):
            raise DataError(f"{data}: has changed since the run in {self.path} began; give another --out")
        raise DataError(f"{self.path}: holds a run on the data of {before['data']}; give another --out for {data}")

    def has_begun(self) -> bool:
        """Whether there are weights to go on with."""
        return any(self.path.glob("*.npz"))

    def newest_weights(self) -> Path:
        """The checkpoint of the newest finished phase, or of the best epoch of the phase under way. Raises DataError without any."""
        found = [file for file in self.path.glob("*.npz") if file.name == "best.npz" or file.name.startswith("finished-")]
        if not found:
            raise DataError(f"{self.path}: no phase is finished and no epoch was validated yet; train on")
        return max(found, key=lambda file: file.stat().st_mtime)

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


def _lock(file: IO[str]) -> None:
    """Lock a file until it is closed. Raises OSError when another process has locked it."""
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
