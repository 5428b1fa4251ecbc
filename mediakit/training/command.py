"""What `mediakit train` and `mediakit export` do, behind their options."""

import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import keras

from mediakit.errors import DataError, InputError
from mediakit.training import checkpoints
from mediakit.training.distribution import find_devices, is_chief, make_strategy, set_precision, wait_for_all
from mediakit.training.export import export_model
from mediakit.training.recipe import Context, Phase, Shard, config_as_dict, find_recipe, make_config
from mediakit.training.trainer import Interrupted, Trainer

__all__ = ["export", "find_devices", "train"]


def train(
    recipe: str,
    data: Path | None,
    out: Path | None,
    settings: dict[str, str],
    strategy: str = "auto",
    dry_run: bool = False,
    phases: list[str] | None = None,
    precision: str = "float32",
) -> None:
    """Train a recipe in a run folder, then export the model folder `out/model`. The same command goes on after a stop.

    Args:
        recipe: a name, or the path of a recipe file.
        data: the data set's folder.
        out: the run folder; `runs/<recipe>` by default.
        settings: fields of the recipe's Config, as text.
        dry_run: print the config, the parameters and one batch's shapes, and train nothing.
        phases: only these, in the recipe's order; each one starts from what is finished in the run folder.
        precision: of matrix products, see `distribution.set_precision`.
    """
    module = find_recipe(recipe)
    config = make_config(module.Config, settings)
    if data is None:
        raise InputError(f"{recipe}: --data FOLDER is needed: the data set to learn from")
    set_precision(precision)
    devices = make_strategy(strategy)
    examples = module.read(config, data)
    run = out or Path("runs") / Path(recipe).stem
    model, plan = _build(module, config, examples, devices, run)
    if phases:
        unknown = sorted(set(phases) - {phase.name for phase in plan})
        if unknown:
            raise InputError(f"no phase {', '.join(unknown)}; known: {', '.join(phase.name for phase in plan)}")
        plan = [phase for phase in plan if phase.name in phases]
    if dry_run:
        _show(config, model, plan)
        return
    _keep_config(run, recipe, config, data)
    if is_chief(devices):
        _keep_files(run, module, examples)
    try:
        Trainer(model, plan, devices, run).train()
    except Interrupted as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        raise KeyboardInterrupt from stopped
    if is_chief(devices):
        export_model(module, None, config, model, examples, run / "model")
        print(f"{run / 'model'}", flush=True)
    wait_for_all(devices)


def export(run: Path, out: Path, name: str | None = None) -> None:
    """Export the newest finished phase of a run folder, or the best epoch of the phase under way, as a model folder."""
    try:
        kept = json.loads((run / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{run}: not a run folder of `mediakit train`: {error}") from error
    module = find_recipe(kept["recipe"])
    config = module.Config(**kept["config"])
    examples = module.read(config, Path(kept["data"]))
    _keep_files(run, module, examples)
    model, _ = _build(module, config, examples, make_strategy("one"), run)
    candidates = [file for file in run.glob("*.npz") if file.name == "best.npz" or file.name.startswith("finished-")]
    if not candidates:
        raise DataError(f"{run}: no phase is finished and no epoch was validated yet; train on")
    checkpoints.load(max(candidates, key=lambda file: file.stat().st_mtime), model.variables)
    export_model(module, name, config, model, examples, out)


def _build(module: ModuleType, config: Any, examples: Any, devices: Any, run: Path) -> tuple[keras.Model, list[Phase]]:
    with devices.scope():
        keras.utils.set_random_seed(getattr(config, "seed", 0))
        model = module.build(config, examples)
        return model, module.phases(Context(config, model, examples, run))


def _keep_config(run: Path, recipe: str, config: Any, data: Path) -> None:
    run.mkdir(parents=True, exist_ok=True)
    kept = {"recipe": recipe, "data": str(data.resolve()), "config": config_as_dict(config)}
    file = run / "config.json"
    if file.exists() and json.loads(file.read_text(encoding="utf-8"))["config"] != kept["config"]:
        raise InputError(f"{run}: holds a run with other settings; give another --out, or the settings of {file}")
    file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _keep_files(run: Path, recipe: ModuleType, data: Any) -> None:
    """Keep what the model's numbers mean (a vocabulary, say) in the run folder. Raises DataError when it has changed since the run
    began: weights would then quietly belong to other words."""
    kept = run / "files"
    for name, write in recipe.files(data).items():
        with tempfile.TemporaryDirectory(dir=run) as temporary:
            file = Path(temporary) / name
            write(file)
            if not (kept / name).exists():
                kept.mkdir(exist_ok=True)
                file.replace(kept / name)
            elif file.read_bytes() != (kept / name).read_bytes():
                raise DataError(f"{run}: {name} is not what it was when the run began: was the data changed? Give another --out")


def _show(config: Any, model: keras.Model, plan: list[Phase]) -> None:
    print(json.dumps(config_as_dict(config), indent=2))
    print(f"parameters: {model.count_params():,}")
    for layer in model.layers:
        if layer.count_params():
            print(f"  {layer.name}: {layer.count_params():,}")
    for phase in plan:
        print(f"phase {phase.name}: {phase.epochs} epochs of {phase.steps} steps; one batch:")
        for name, spec in phase.batches(Shard(), 0, 0).element_spec.items():
            print(f"  {name}: {spec.dtype.name} {[size or 'any' for size in spec.shape]}")
