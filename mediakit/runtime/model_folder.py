"""Model folders: a manifest, one LiteRT file for each network, and what belongs to them."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.errors import ModelError
from mediakit.runtime.card import render
from mediakit.runtime.network import Network

FORMAT_VERSION = 1
SHIPPED = Path(__file__).parent.parent / "models"
# Model folders written before tasks had names of their own name the recipe.
RENAMED_TASKS = {"trailer_genre": "film_genres", "style_gan": "image_generation", "dcgan": "image_generation"}


@dataclass(frozen=True)
class ModelFolder:
    """An opened model folder. Files are checked against the manifest when they are asked for."""

    path: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The model's name, such as `captioning` or `translation/en-de`."""
        return self.manifest["name"]

    @property
    def task(self) -> str:
        """The task that the model serves, such as `captioning`."""
        task = self.manifest["task"]
        return RENAMED_TASKS.get(task, task)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def file(self, key: str) -> Path:
        """The path of a file such as `vocabulary`, checked. Raises ModelError when it is absent or damaged."""
        return self._checked("files", key)

    def network(self, key: str, threads: int = 1) -> Network:
        """A network such as `encoder`, checked and opened."""
        path = self._checked("networks", key)
        entry = self.manifest["networks"][key]
        return Network(path, entry["inputs"], entry["outputs"], threads)

    def _checked(self, kind: str, key: str) -> Path:
        entries = self.manifest.get(kind, {})
        if key not in entries:
            raise ModelError(f"{self.path}: its manifest names no {key} among {kind}: {', '.join(entries) or 'none'}")
        entry = entries[key]
        path = self.path / entry["file"]
        try:
            same = path.stat().st_size == entry["bytes"] and _sha256(path) == entry["sha256"]
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}; install the model again") from error
        if not same:
            raise ModelError(f"{path}: is damaged (its sha256 is not the manifest's); install the model again")
        return path


def shipped() -> dict[str, Path]:
    """The models that come with mediakit, by name."""
    return {str(file.parent.relative_to(SHIPPED).as_posix()): file.parent for file in sorted(SHIPPED.rglob("manifest.json"))}


def open_folder(name_or_path: str | os.PathLike[str]) -> ModelFolder:
    """Open a shipped model by name, or any model folder by path (`./captioning` is always a path).

    Raises ModelError: for something unknown it lists the known names.
    """
    name, known = os.fspath(name_or_path), shipped()
    path = known.get(name, Path(name))
    file = path / "manifest.json"
    if not file.is_file():
        raise ModelError(f"no model {name!r}: neither a model folder nor one of {', '.join(known) or 'none shipped'}")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        if manifest["format_version"] > FORMAT_VERSION:
            raise ModelError(
                f"{file}: has format version {manifest['format_version']}, but this mediakit reads versions up to {FORMAT_VERSION}; "
                "install a newer mediakit"
            )
        manifest["name"], manifest["task"]
        for entry in (*manifest["networks"].values(), *manifest.get("files", {}).values()):
            entry["file"], entry["bytes"], entry["sha256"]
        for network in manifest["networks"].values():
            for tensor in (*network["inputs"], *network["outputs"]):
                tensor["name"], tensor["shape"], tensor["dtype"], tensor["tensor"]
    except KeyError as error:
        raise ModelError(f"{file}: not a manifest: {error.args[0]} is missing; install the model again") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{file}: not a manifest: {error}; install the model again") from error
    return ModelFolder(path, manifest)


def choose(task: str, wanted: Mapping[str, str], given: ModelFolder | None = None) -> ModelFolder:
    """The one model of a task whose config has the wanted values (as text; names that a config lacks don't count).

    Chosen among the shipped models, unless one is given. Raises ModelError when none fits, or several do.
    """
    folders = [given] if given else [folder for folder in map(open_folder, shipped()) if folder.task == task]
    if not folders:
        raise ModelError(f"no model of the task {task} is shipped; name a model folder")
    configs = {folder.name: folder.manifest.get("config", {}) for folder in folders}
    fitting = [f for f in folders if all(str(configs[f.name].get(name, value)) == value for name, value in wanted.items())]
    if len(fitting) != 1:
        said = " ".join(f"{name}={value}" for name, value in wanted.items() if any(name in config for config in configs.values()))
        raise ModelError(
            f"{'several models' if fitting else 'no model'} of the task {task}{' with ' + said if said else ''}: "
            f"name one of {', '.join(configs)}"
        )
    return fitting[0]


def describe_file(path: Path) -> dict[str, Any]:
    """A file's entry in a manifest."""
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, and the card that is made from it; each whole or not at all."""
    _write_whole(folder / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    _write_whole(folder / "card.md", render(manifest))


def record_figures(folder: ModelFolder, entry: dict[str, Any]) -> None:
    """Put an evaluation's figures into the manifest and the card, in place of those of the same data and options."""

    def same(other: dict[str, Any]) -> bool:
        return all(other.get(key) == entry.get(key) for key in ("data", "split", "options"))

    kept = [other for other in folder.manifest.get("figures", []) if not same(other)]
    write_manifest(folder.path, {**folder.manifest, "figures": [*kept, entry]})


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
