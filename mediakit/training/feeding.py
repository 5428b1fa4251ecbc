"""From a phase's global batches to tensors on each replica: rows are split between replicas and read ahead in a thread.

Replica i of n takes rows i, i + n, i + 2n, … of every batch, wherever it runs, so results do not depend on how many processes share
the work. A process decodes only the rows of its own replicas.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from mediakit.errors import DataError, RecipeError
from mediakit.training.recipe import Batch, Phase

Item = TypeVar("Item")
Tensors = dict[str, tf.Tensor]
BATCHES_AHEAD = 4


@dataclass(frozen=True)
class Replicas:
    """This process's replicas, `local` from number `first` on, among all `count`."""

    first: int = 0
    local: int = 1
    count: int = 1

    @classmethod
    def of(cls, strategy: tf.distribute.Strategy) -> "Replicas":
        """Those of a strategy."""
        count, resolver = strategy.num_replicas_in_sync, strategy.cluster_resolver
        local = len(strategy.extended.worker_devices) if count > 1 else 1
        several_workers = resolver is not None and resolver.task_type and count > local
        return cls(local * resolver.task_id if several_workers else 0, local, count)

    def rows(self, batch: Batch) -> Batch:
        """The rows of a global batch that this process reads."""
        if self.local == self.count:
            return batch
        replica = np.arange(len(next(iter(batch.values())))) % self.count
        ours = (replica >= self.first) & (replica < self.first + self.local)
        return {name: part[ours] for name, part in batch.items()}

    def split(self, rows: Batch | Tensors) -> list[Tensors]:
        """This process's rows, as tensors for each of its replicas."""
        with tf.device("CPU"):
            return [{name: tf.convert_to_tensor(part[i :: self.local]) for name, part in rows.items()} for i in range(self.local)]


def feed(strategy: tf.distribute.Strategy, phase: Phase, epoch: int, start: int) -> Iterator[Any]:
    """The batches of an epoch from step `start` on, ready for `strategy.run`. Raises RecipeError for batches that cannot be used."""
    replicas = Replicas.of(strategy)
    wanted = phase.steps - start
    batches = (replicas.rows(checked(phase, batch, replicas.count)) for batch in islice(phase.batches(epoch, start), wanted))
    split = (replicas.split(rows) for rows in (decoded(batches, phase.decode) if phase.decode else batches))
    made = 0
    for parts in prefetched(split):
        made += 1
        if replicas.count == 1:
            yield parts[0]
        else:
            yield strategy.experimental_distribute_values_from_function(
                lambda context, parts=parts: parts[context.replica_id_in_sync_group - replicas.first]
            )
    if made < wanted:
        raise RecipeError(
            f"phase {phase.name}: batches({epoch}, {start}) yields {made} batches, but {wanted} of {phase.steps} steps are left"
        )


def checked(phase: Phase, batch: Any, replicas: int) -> Batch:
    """A batch as arrays of one length, float64 as float32."""
    if not isinstance(batch, dict) or not batch:
        raise RecipeError(
            f"phase {phase.name}: batches yields a {type(batch).__name__}, wanted a dictionary of arrays, as {{'image': …, 'label': …}}"
        )
    arrays = {name: np.asarray(part) for name, part in batch.items()}
    lengths = {name: array.shape[:1] for name, array in arrays.items()}
    if len(set(lengths.values())) > 1 or () in lengths.values():
        found = ", ".join(f"{name} {length[0] if length else 'none'}" for name, length in lengths.items())
        raise RecipeError(f"phase {phase.name}: the arrays of a batch must have the same number of rows, not {found}")
    [rows] = set(lengths.values())
    if rows[0] < replicas:
        raise RecipeError(f"phase {phase.name}: a batch of {rows[0]} rows is too small for {replicas} replicas")
    return {name: array.astype(np.float32) if array.dtype == np.float64 else array for name, array in arrays.items()}


def decoded(batches: Iterator[Batch], decode: Callable[[Tensors], Tensors]) -> Iterator[Tensors]:
    """Batches with `decode` applied to each row, in parallel."""
    first = next(batches, None)
    if first is None:
        return
    signature = {
        name: tf.TensorSpec((None, *part.shape[1:]), tf.string if part.dtype.kind in "USO" else part.dtype) for name, part in first.items()
    }
    rows = tf.data.Dataset.from_generator(lambda: chain([first], batches), output_signature=signature)

    def decode_batch(batch: Tensors) -> tf.data.Dataset:
        count = tf.cast(tf.shape(next(iter(batch.values())))[0], tf.int64)
        return tf.data.Dataset.from_tensor_slices(batch).map(decode, num_parallel_calls=tf.data.AUTOTUNE).batch(count)

    try:
        yield from rows.flat_map(decode_batch).prefetch(2)
    except tf.errors.OpError as error:
        reason = next((line for line in error.message.splitlines() if "Error: " in line), error.message.partition("\n")[0])
        raise DataError(reason.strip()) from error


def prefetched(items: Iterable[Item], ahead: int = BATCHES_AHEAD) -> Iterator[Item]:
    """The items; a thread makes the next ones meanwhile."""
    iterator, end = iter(items), object()
    thread = ThreadPoolExecutor(1, thread_name_prefix="feeding")
    try:
        waiting = deque(thread.submit(next, iterator, end) for _ in range(ahead))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, iterator, end))
            yield item
    finally:
        thread.shutdown(cancel_futures=True)
