"""The training loop: the same losses and weights on one device, on mirrored devices and on several workers; exact resume.

`fit` is not used: it reduces wrongly under MultiWorkerMirroredStrategy, averages the replicas' means, and clips before the
gradients are summed. Here losses are sums, gradients and weights are all-reduced first, then divided, clipped and applied.
"""

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mediakit.errors import RecipeError
from mediakit.training import checkpoints
from mediakit.training.averaging import MovingAverage
from mediakit.training.distribution import is_chief
from mediakit.training.feeding import feed
from mediakit.training.progress import RunLog
from mediakit.training.recipe import Loss, Phase, Update

Totals = dict[str, tuple[tf.Tensor, tf.Tensor]]


class Interrupted(Exception):
    """Training was stopped by the user after a step; everything is saved."""


def replica_step(updates: Sequence[Update], replicas: int, batch: Any) -> Totals:
    """One training step on one replica: every update's gradient, summed over the replicas, clipped, applied."""
    totals: Totals = {}
    for update in updates:
        variables = [variable for group in update.groups for variable in group.variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables:
                tape.watch(variable.value)
            loss = _loss_of(update, batch)
        gradients = tape.gradient(loss.total, [v.value for v in variables], unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        metrics = {update.name: (loss.total, loss.weight), **loss.metrics}
        gradients, weight, metrics = _sum_over_replicas((gradients, loss.weight, metrics), replicas)
        gradients = [gradient / tf.maximum(weight, 1e-8) for gradient in gradients]
        if update.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, update.clip_norm)
        start = 0
        for group in update.groups:
            part = gradients[start : start + len(group.variables)]
            start += len(group.variables)
            # Keras sums over the replicas once more, and by now all of them hold the same sum.
            group.optimizer.apply([gradient / replicas for gradient in part], group.variables)
        totals.update(metrics)
    return totals


def _loss_of(update: Update, batch: Any) -> Loss:
    loss = update.loss(batch)
    if not isinstance(loss, Loss):
        raise RecipeError(
            f"update {update.name}: its loss returns a {type(loss).__name__}, wanted a Loss, as Loss(ops.sum(losses), number_of_losses): "
            "means of replicas with unequal numbers of examples cannot be added up"
        )
    return loss


def _sum_over_replicas(values: Any, replicas: int) -> Any:
    if replicas == 1:
        return values
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, values)


class Trainer:
    """Trains a model through its phases in a run folder, from wherever the folder's checkpoints say.

    Args:
        model: built under `strategy`'s scope.
        phases: the recipe's phases, in order.
        strategy: from `distribution.make_strategy`.
        run: folder for checkpoints, metrics.jsonl and TensorBoard events.
        save_seconds: time between checkpoints inside an epoch.
    """

    def __init__(self, model: keras.Model, phases: Sequence[Phase], strategy: tf.distribute.Strategy, run: Path, save_seconds: float = 300):
        self.model, self.phases, self.strategy, self.run_folder, self.save_seconds = model, phases, strategy, run, save_seconds
        self.chief = is_chief(strategy)
        self.log = RunLog(run, write=self.chief)
        self._stop = False

    def train(self, only: Sequence[str] = ()) -> None:
        """Run the phases that are not finished yet, or those of them named in `only`.

        Raises Interrupted after Ctrl-C, with everything saved.
        """
        first = self._load_finished_phases()
        with self._stop_on_interrupt():
            for index in range(first, len(self.phases)):
                if not only or self.phases[index].name in only:
                    self._run_phase(index)

    def _finished(self, index: int) -> Path:
        return self.run_folder / f"finished-{index}-{self.phases[index].name}.npz"

    @property
    def _last(self) -> Path:
        return self.run_folder / "last.npz"

    def _load_finished_phases(self) -> int:
        for index in reversed(range(len(self.phases))):
            if self._finished(index).exists():
                checkpoints.load(self._finished(index), self.model.variables)
                return index + 1
        return 0

    def _run_phase(self, index: int) -> None:
        phase = self.phases[index]
        updates, average = self._set_up(phase)
        state = _PhaseState(self.model, updates, phase.state, average)
        position = {"phase": index, "epoch": 0, "step": 0, "best": None}
        if checkpoints.exists(self._last):
            saved, values = checkpoints.read(self._last)
            if saved["phase"] == index:
                checkpoints.assign(self._last, state.variables, values)
                position = saved
        if phase.prepare and phase.epochs:
            phase.prepare()
        step = self._step_function(phase, updates, average)
        best = self._load_best(position)
        for epoch in range(position["epoch"], phase.epochs):
            self._run_epoch(phase, step, state, {**position, "epoch": epoch})
            best = self._finish_epoch(phase, state, epoch, best)
            position = {"phase": index, "epoch": epoch + 1, "step": 0, "best": best.score if best else None}
            self._save(self._last, state.variables, position)
        if average:
            average.swap()
        if best:
            best.restore(self.model)
        self._save(self._finished(index), self.model.variables, {"phase": index + 1, "best": position["best"]})
        if self.chief:
            checkpoints.remove(self._last)

    def _set_up(self, phase: Phase) -> tuple[tuple[Update, ...], MovingAverage | None]:
        with self.strategy.scope():
            updates = tuple(phase.updates())
            for group in (group for update in updates for group in update.groups):
                if any((group.optimizer.clipnorm, group.optimizer.global_clipnorm, group.optimizer.clipvalue)):
                    raise RecipeError(
                        f"phase {phase.name}: its optimizer clips each replica's gradient by itself; give clip_norm to the phase's Update"
                    )
                group.optimizer.build(group.variables)
            trained = _unique(v for update in updates for group in update.groups for v in group.variables)
            return updates, MovingAverage(trained, phase.average) if phase.average else None

    def try_step(self, phase: Phase) -> tuple[dict[str, str], dict[str, float]]:
        """One step of a phase on its first batch, nothing saved: the batch's types and shapes on one replica, and the step's metrics."""
        updates, average = self._set_up(phase)
        if phase.prepare:
            phase.prepare()
        batch = next(feed(self.strategy, phase, 0, 0))
        totals = self._step_function(phase, updates, average)(batch, 0)
        local = {name: self.strategy.experimental_local_results(part)[0] for name, part in batch.items()}
        return {name: f"{part.dtype.name} {part.shape.as_list()}" for name, part in local.items()}, _means(totals)

    def _run_epoch(self, phase: Phase, step: Callable[[Any, int], Totals], state: "_PhaseState", position: dict[str, Any]) -> None:
        epoch = position["epoch"]
        self.log.begin_epoch(phase, epoch, position["step"])
        for number, batch in enumerate(feed(self.strategy, phase, epoch, position["step"]), position["step"]):
            totals = step(batch, epoch * phase.steps + number)
            self.log.add_step(number, {name: (float(total), float(weight)) for name, (total, weight) in totals.items()})
            position = {**position, "step": number + 1}
            if self._stop:
                self._save(self._last, state.variables, position)
                raise Interrupted(
                    f"stopped at phase {phase.name}, epoch {epoch + 1}, step {number + 1}; the same command goes on from here"
                )
            if self.log.seconds_since_save() > self.save_seconds:
                self._save(self._last, state.variables, position)

    def _finish_epoch(self, phase: Phase, state: "_PhaseState", epoch: int, best: "_Best | None") -> "_Best | None":
        if state.average:
            state.average.swap()
        metrics = phase.validate() if phase.validate else {}
        self.log.end_epoch(metrics)
        if phase.monitor:
            score = _score(phase, metrics)
            if best is None or score > best.score:
                best = _Best.of(self.model, score)
                self._save(self.run_folder / "best.npz", self.model.variables, {"score": score, "epoch": epoch})
        if state.average:
            state.average.swap()
        return best

    def _load_best(self, position: dict[str, Any]) -> "_Best | None":
        file = self.run_folder / "best.npz"
        if position["best"] is None or not checkpoints.exists(file):
            return None
        saved, values = checkpoints.read(file)
        return _Best(saved["score"], values)

    def _step_function(self, phase: Phase, updates: Sequence[Update], average: MovingAverage | None) -> Callable[[Any, int], Totals]:
        compiled: dict[tuple[int, ...], Callable[[Any], Any]] = {}
        replicas = self.strategy.num_replicas_in_sync

        def local(totals: Any) -> Totals:
            return {name: tuple(self.strategy.experimental_local_results(part)[0] for part in pair) for name, pair in totals.items()}

        def compile_for(active: tuple[int, ...]) -> Callable[[Any], Any]:
            chosen = [updates[i] for i in active]

            @tf.function(reduce_retracing=True, autograph=False)
            def run(batch):
                totals = self.strategy.run(lambda batch: replica_step(chosen, replicas, batch), args=(batch,))
                if average:
                    average.update()
                if phase.after_step:
                    phase.after_step({name: total / tf.maximum(weight, 1e-8) for name, (total, weight) in local(totals).items()})
                return local(totals)

            return run

        def step(batch: Any, number: int) -> Totals:
            active = tuple(i for i, update in enumerate(updates) if number % update.every == 0)
            if active not in compiled:
                compiled[active] = compile_for(active)
            return compiled[active](batch)

        return step

    def _save(self, path: Path, variables: Sequence[keras.Variable], position: dict[str, Any]) -> None:
        if self.chief:
            checkpoints.save(path, variables, position)
            self.log.saved()

    @contextmanager
    def _stop_on_interrupt(self) -> Iterator[None]:
        """Stop after the step under way at the first Ctrl-C, at once at the second."""

        def stop(*_: Any) -> None:
            self._stop = True
            signal.signal(signal.SIGINT, before)

        in_main_thread = threading.current_thread() is threading.main_thread()  # no other can handle signals
        before = signal.signal(signal.SIGINT, stop) if in_main_thread else None
        try:
            yield
        finally:
            if in_main_thread:
                signal.signal(signal.SIGINT, before)
            self.log.close()


def _score(phase: Phase, metrics: dict[str, float]) -> float:
    """The monitored metric, negative where lower is better."""
    name = phase.monitor.removeprefix("-")
    if name not in metrics:
        raise RecipeError(f"phase {phase.name}: monitors {name}, but validate returns {', '.join(metrics) or 'nothing'}")
    return -metrics[name] if phase.monitor.startswith("-") else metrics[name]


def _means(totals: Totals) -> dict[str, float]:
    return {name: float(total) / max(float(weight), 1e-8) for name, (total, weight) in totals.items()}


class _PhaseState:
    """All variables that a phase's checkpoint holds, in a fixed order."""

    def __init__(self, model: keras.Model, updates: Sequence[Update], state: Sequence[keras.Variable], average: MovingAverage | None):
        optimizers = _unique(group.optimizer for update in updates for group in update.groups)
        self.average = average
        self.variables = [
            *model.variables,
            *(variable for optimizer in optimizers for variable in optimizer.variables),
            *(average.shadows if average else ()),
            *state,
        ]


class _Best:
    """The weights of the best epoch so far, in memory: every worker can restore them without reading the chief's files."""

    def __init__(self, score: float, values: list[np.ndarray]):
        self.score, self.values = score, values

    @classmethod
    def of(cls, model: keras.Model, score: float) -> "_Best":
        return cls(score, [np.array(keras.ops.convert_to_numpy(variable)) for variable in model.variables])

    def restore(self, model: keras.Model) -> None:
        for variable, value in zip(model.variables, self.values, strict=True):
            variable.assign(value)


def _unique(items: Any) -> list[Any]:
    return list({id(item): item for item in items}.values())
