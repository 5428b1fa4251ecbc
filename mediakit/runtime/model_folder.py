"""Model folders: a manifest, one LiteRT file per network, and other files that belong to them.

A network or file may be that of another model, so that models share one encoder: `"from": "captioning"` in its entry of the
manifest names a shipped model, and `"from": "../mine"` a folder, seen from this one. Its sha256 stands in this manifest, so that
a model never runs on another file than the one it was trained with.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.errors import ModelError, did_you_mean
from mediakit.runtime.card import evaluations, render
from mediakit.runtime.evaluation import Evaluation
from mediakit.runtime.network import Network

FORMAT_VERSION = 1
SHIPPED = Path(__file__).parent.parent / "models"
OWN_MODELS = "MEDIAKIT_MODELS"  # the environment variable that names a folder of one's own models
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
    def config(self) -> dict[str, Any]:
        """The recipe's Config with which the model was trained."""
        return self.manifest.get("config", {})

    @property
    def size(self) -> int:
        """Bytes of its own files, without those of other models."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def file(self, key: str) -> Path:
        """The path of a file such as `vocabulary`, checked. Raises ModelError when it is absent or damaged."""
        return self._checked("files", key)

    def network_file(self, key: str) -> Path:
        """The path of a network's LiteRT file, checked. Raises ModelError when it is absent or damaged."""
        return self._checked("networks", key)

    def network(self, key: str, threads: int = 1) -> Network:
        """A network such as `encoder`, checked and opened."""
        path = self.network_file(key)
        entry = self.manifest["networks"][key]
        return Network(path, entry["inputs"], entry["outputs"], threads)

    def _checked(self, kind: str, key: str) -> Path:
        entries = self.manifest.get(kind, {})
        if key not in entries:
            raise ModelError(f"{self.path}: its manifest names no {key} among {kind}: {', '.join(entries) or 'none'}")
        entry = entries[key]
        owner = entry.get("from")
        home = self.path if owner is None else shipped().get(owner, self.path / owner)
        path = home / entry["file"]
        try:
            same = path.stat().st_size == entry["bytes"] and _sha256(path) == entry["sha256"]
        except OSError as error:
            needed = f", which {self.path} needs" if owner else ""
            raise ModelError(f"{path}{needed}: {error.strerror}; install the model again") from error
        if not same and owner:
            raise ModelError(f"{path}: is not the file that {self.path} was trained with (its sha256 differs); install both models again")
        if not same:
            raise ModelError(f"{path}: is damaged (its sha256 is not the manifest's); install the model again")
        return path


def shipped() -> dict[str, Path]:
    """The models that come with mediakit, by name."""
    return _models_in(SHIPPED)


def named() -> dict[str, Path]:
    """The models that can be given by name: the shipped ones, and those of the folder that MEDIAKIT_MODELS names.

    The latter are called by their paths in that folder; where both have a name, it means the shipped one. Raises ModelError if
    there is no such folder.
    """
    own = os.environ.get(OWN_MODELS)
    if own and not Path(own).is_dir():
        raise ModelError(f"{own}: no such folder; the environment variable {OWN_MODELS} names it")
    return {**(_models_in(Path(own)) if own else {}), **shipped()}


def _models_in(folder: Path) -> dict[str, Path]:
    return {file.parent.relative_to(folder).as_posix(): file.parent for file in sorted(folder.rglob("manifest.json"))}


def open_folder(name_or_path: str | os.PathLike[str]) -> ModelFolder:
    """Open a model by name (see `named`), or any model folder by path (`./captioning` is always a path).

    The name of a task or recipe will do where one model of it is shipped. Raises ModelError: for an unknown name it suggests others.
    """
    folder, _ = choose(name_or_path, {})
    return folder


def choose(name_or_path: str | os.PathLike[str], settings: Mapping[str, Any]) -> tuple[ModelFolder, dict[str, Any]]:
    """The model that a name or path stands for, and the settings that are left.

    A task or recipe stands for its one shipped model whose config has the values of those settings that are fields of it, such as
    `translation` with `target=de`; they are used up by the choice. Raises ModelError when no model fits, or several do.
    """
    name = os.fspath(name_or_path)
    path = shipped().get(name) or named().get(name, Path(name))
    if (path / "manifest.json").is_file():
        return _open(path), dict(settings)
    models = [model for model in map(_open, shipped().values()) if name in (model.task, model.manifest.get("recipe"))]
    if not models:
        raise _unknown(name)
    fields = {field for model in models for field in model.config}
    wanted = {key: value for key, value in settings.items() if key in fields}
    fitting = [model for model in models if all(str(model.config.get(key)) == str(value) for key, value in wanted.items())]
    if len(fitting) != 1:
        said = "".join(f" with {key}={value}" for key, value in wanted.items())
        names = ", ".join(model.name for model in models)
        raise ModelError(f"{'several models' if fitting else 'no model'} of {name}{said}: name one of {names}")
    return fitting[0], {key: value for key, value in settings.items() if key not in wanted}


def _unknown(name: str) -> ModelError:
    known = named()
    full = next((model for model in known if model.endswith(f"/{name}")), "")
    near = f"; did you mean {full}?" if full else did_you_mean(name, known)
    return ModelError(f"no model {name!r}: neither a model folder nor one of {', '.join(known) or 'none shipped'}{near}")


def _open(path: Path) -> ModelFolder:
    file = path / "manifest.json"
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
            if not isinstance(entry.get("from", ""), str):
                raise ValueError(f"the owner of {entry['file']} is {entry['from']!r}, wanted a model's name or folder")
        for network in manifest["networks"].values():
            for tensor in (*network["inputs"], *network["outputs"]):
                tensor["name"], tensor["shape"], tensor["dtype"], tensor["tensor"]
    except KeyError as error:
        raise ModelError(f"{file}: not a manifest: {error.args[0]} is missing; install the model again") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{file}: not a manifest: {error}; install the model again") from error
    return ModelFolder(path, manifest)


def describe_file(path: Path) -> dict[str, Any]:
    """A file's entry in a manifest."""
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": _sha256(path)}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, and the card that is made from it; each whole or not at all."""
    _write_whole(folder / "manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    _write_whole(folder / "card.md", render(manifest))


def record_evaluation(folder: ModelFolder, evaluation: Evaluation) -> None:
    """Put an evaluation into the manifest and the card, in place of an older one of the same split, options and method."""
    kept = [other for other in evaluations(folder.manifest) if not other.measures_the_same_as(evaluation)]
    entries = [other.to_dict() for other in (*kept, evaluation)]
    write_manifest(folder.path, {**folder.manifest, "figures": entries})


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
