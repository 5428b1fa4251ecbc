"""From a trained model to a model folder: LiteRT files, checked against the Keras model, and a manifest."""

import dataclasses
import datetime
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

import mediakit
from mediakit.datasets.origin import own_data
from mediakit.errors import ModelError
from mediakit.native_messages import stderr_without
from mediakit.runtime import model_folder
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.training.litert_file import share_tables
from mediakit.training.loading import Recipe, config_as_dict
from mediakit.training.recipe import Card, Export


def export_model(
    recipe: Recipe,
    config: Any,
    data: Any,
    model: keras.Model,
    source: Path,
    out: Path,
    name: str | None = None,
    start: ModelFolder | None = None,
) -> None:
    """Write the model folder `out`: whole, or not at all.

    Args:
        source: the folder that `data` was read from.
        name: the model's; the card's by default.
        start: the model whose weights training started from, for the card.

    Raises ModelError when a shipped network does not compute the same as the Keras model.
    """
    networks, files = recipe.networks(config, data, model), recipe.files(config, data)
    card = _complete(recipe.card(config, data), recipe, source, data)
    if start:
        card = _with_start(card, start)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as temporary:
        folder = Path(temporary) / out.name
        folder.mkdir()
        exported = {key: export_network(export, folder / f"{key}.tflite") for key, export in networks.items()}
        described = _describe(recipe, name or card.name, card, config, networks)
        if calibration := recipe.calibrate(config, data, model):
            described["calibration"] = calibration
        with recipe.blame("files"):
            written = _write_files(files, folder)
        model_folder.write_manifest(folder, described | {"networks": exported, "files": written})
        _replace_folder(folder, out)


def export_network(export: Export, path: Path) -> dict[str, Any]:
    """Convert one network to a LiteRT file and return its entry in the manifest, after a comparison on the same input."""
    convert(export, path)
    entry = model_folder.describe_file(path) | _tensors(path, export)
    compare(export, path, entry)
    return entry


def convert(export: Export, path: Path) -> None:
    """Write one network as a LiteRT file."""
    options: dict[str, Any] = {
        "target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        "_experimental_lower_tensor_list_ops": True,
    }
    if export.weights != "float32":
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
    if export.weights == "float16":
        options["target_spec"]["supported_types"] = [tf.float16]
    if export.weights == "int8" and export.typical is not None:
        options["representative_dataset"] = lambda: _one_by_one(export.typical)
    signature = {name: tf.TensorSpec((export.batch, *tensor.shape[1:]), tensor.dtype, name) for name, tensor in export.model.input.items()}
    # What the converter says of settings that nobody made, and of its own old interpreter.
    quiet = stderr_without(rb"Ignored (output_format|drop_control_dependency)|fully_quantize")
    with quiet, warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:  # TensorFlow takes no path that is not UTF-8
        warnings.filterwarnings("ignore", "(?s).*tf.lite.Interpreter is deprecated")
        written = os.path.join(folder, path.name)
        export.model.export(written, format="litert", input_signature=[signature], verbose=False, **options)
        shutil.move(written, path)
    if export.weights == "int8":
        share_tables(path)


def _one_by_one(typical: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Each example as a batch of one."""
    for i in range(len(next(iter(typical.values())))):
        yield {name: values[i : i + 1] for name, values in typical.items()}


def _tensors(path: Path, export: Export) -> dict[str, Any]:
    runner = Interpreter(model_content=path.read_bytes()).get_signature_runner()
    described = {}
    for kind, details in (("inputs", runner.get_input_details()), ("outputs", runner.get_output_details())):
        shapes = {key: export.model.input[key].shape if kind == "inputs" else export.model.output[key].shape for key in details}
        described[kind] = [
            {"name": key, "shape": [export.batch, *shapes[key][1:]], "dtype": np.dtype(detail["dtype"]).name, "tensor": detail["name"]}
            for key, detail in details.items()
        ]
    return described


def compare(export: Export, path: Path, entry: dict[str, Any]) -> None:
    """Compare the file with the Keras model. Each batch size is run three times on its own numbers, since a delegate that
    keeps stale memory shows it from the second call on, and at some sizes only."""
    network, rng = Network(path, entry["inputs"], entry["outputs"]), np.random.default_rng(0)
    for batch in [export.batch] if export.batch else [1, 3, 24, 12, 3, 32]:
        for _ in range(3):
            given = export.example or {tensor["name"]: _random(tensor, batch, rng) for tensor in entry["inputs"]}
            wanted = export.model({name: tf.constant(value) for name, value in given.items()}, training=False)
            got = network(**given)
            for name, value in wanted.items():
                exact = np.asarray(value, np.float64)
                difference = float(np.linalg.norm(got[name] - exact) / max(np.linalg.norm(exact), 1e-6))
                if not difference <= export.tolerance:
                    raise ModelError(
                        f"{path.name}: output {name} differs from the Keras model by {difference:.2g} of its norm "
                        f"(batch {batch}), more than {export.tolerance}"
                    )


def _random(tensor: dict[str, Any], batch: int, rng: np.random.Generator) -> np.ndarray:
    shape = (batch, *tensor["shape"][1:])
    if tensor["dtype"].startswith("int"):
        return rng.integers(0, 4, shape).astype(tensor["dtype"])
    return rng.normal(size=shape).astype(tensor["dtype"])


def _write_files(writers: dict[str, Callable[[Path], None]], folder: Path) -> dict[str, Any]:
    entries = {}
    for name, write in writers.items():
        write(folder / name)
        entries[Path(name).stem] = model_folder.describe_file(folder / name)
    return entries


def _complete(card: Card, recipe: Recipe, folder: Path, data: Any) -> Card:
    """A card whose empty fields say what is known of the run."""
    origin = getattr(data, "origin", None) or own_data(folder, "examples")
    count = _example_count(data)
    examples = f"{count:,} examples" if count else "examples"
    return dataclasses.replace(
        card,
        name=card.name or recipe.module_name,
        summary=card.summary or f"A model of the task {recipe.task}, trained on {origin.name}.",
        training=card.training or f"Recipe {recipe.module_name} on {examples} of {origin.name}.",
        license=card.license or f"the weights were learned from {origin.name} (licence: {origin.license})",
        data=card.data or [{"name": origin.name, "license": origin.license, "note": origin.note or (examples if count else "")}],
    )


def _with_start(card: Card, start: ModelFolder) -> Card:
    """A card that also tells what the model learned before."""
    known = {each["name"] for each in card.data}
    return dataclasses.replace(
        card,
        training=f"{card.training} Started from the weights of {start.name}.",
        license=f"{card.license}; and as {start.name}, from which training started: {start.manifest.get('license', 'unknown')}",
        data=[*card.data, *(each for each in start.manifest.get("data", []) if each["name"] not in known)],
    )


def _example_count(data: Any) -> int | None:
    """How many training examples there are, where `data.train` or `data["train"]` tells."""
    train = data.get("train") if isinstance(data, Mapping) else getattr(data, "train", None)
    if isinstance(train, Mapping):
        train = next(iter(train.values()), None)
    return len(train) if hasattr(train, "__len__") else None


def _describe(recipe: Recipe, name: str, card: Card, config: Any, networks: Mapping[str, Export]) -> dict[str, Any]:
    # Of what ships: a discriminator, say, does not.
    variables = {id(variable): variable for export in networks.values() for variable in export.model.weights}
    return {
        "format_version": model_folder.FORMAT_VERSION,
        "name": name,
        "task": recipe.task,
        "recipe": recipe.module_name,
        "created": datetime.date.today().isoformat(),
        "config": config_as_dict(config),
        "versions": {"mediakit": mediakit.__version__, "tensorflow": tf.__version__, "keras": keras.__version__, **recipe.package},
        "parameters": sum(int(np.prod(variable.shape)) for variable in variables.values()),
        "license": card.license,
        "data": list(card.data),
        "summary": card.summary,
        "good_for": list(card.good_for),
        "not_good_for": list(card.not_good_for),
        "training": card.training,
        "headline": card.headline,
        "figures": [],
    }


def _replace_folder(new: Path, out: Path) -> None:
    """Put `new` where `out` is, which may be a model folder already (nothing else is ever removed)."""
    if out.exists():
        if not (out / "manifest.json").exists() and any(out.iterdir()):
            raise ModelError(f"{out}: exists and is not a model folder; give another --out")
        shutil.rmtree(out)
    os.replace(new, out)
