"""Global batches to tensors on replicas."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.errors import DataError, RecipeError
from mediakit.training.feeding import Replicas, feed, prefetched
from mediakit.training.recipe import Phase

ONE = tf.distribute.get_strategy()


def phase(*batches, steps=None, decode=None):
    return Phase("fit", 1, steps or len(batches), lambda epoch, start: batches[start:], list, decode=decode)


@pytest.mark.parametrize("workers", [[3], [1, 1, 1], [2, 1]])
def test_replica_i_takes_every_nth_row_however_processes_share_them(workers):
    batch, parts, first = {"x": np.arange(8), "y": np.arange(8) * 10}, [], 0
    for local in workers:
        replicas = Replicas(first, local, 3)
        parts += replicas.split(replicas.rows(batch))
        first += local
    assert [part["x"].numpy().tolist() for part in parts] == [[0, 3, 6], [1, 4, 7], [2, 5]]
    assert parts[1]["y"].numpy().tolist() == [10, 40, 70]


def test_rows_are_decoded_in_order_whatever_the_sizes_of_batches():
    def decode(row):
        return {"text": tf.strings.join([row["name"], "!"]), "double": 2 * row["x"]}

    batches = [{"name": np.array(["a", "bc", "d"]), "x": np.arange(3)}, {"name": np.array(["e"]), "x": np.array([7])}]
    found = list(feed(ONE, phase(*batches, decode=decode), 0, 0))
    assert [batch["text"].numpy().tolist() for batch in found] == [[b"a!", b"bc!", b"d!"], [b"e!"]]
    assert [batch["double"].numpy().tolist() for batch in found] == [[0, 2, 4], [14]]


def test_what_decode_raises_is_one_line():
    def decode(row):
        return {"x": tf.numpy_function(lambda name: (_ for _ in ()).throw(DataError("a.jpg: is damaged")), [row["x"]], tf.int64)}

    with pytest.raises(DataError, match=r"a\.jpg: is damaged$"):
        list(feed(ONE, phase({"x": np.arange(3)}, decode=decode), 0, 0))


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((np.zeros(3), np.zeros(3)), "yields a tuple, wanted a dictionary"),
        ({"image": np.zeros((3, 2)), "label": np.zeros(2)}, "same number of rows, not image 3, label 2"),
        ({"image": np.zeros((3, 2)), "label": 1.0}, "not image 3, label none"),
        ({"image": np.zeros((0, 2))}, "a batch of 0 rows is too small for 1 replicas"),
    ],
)
def test_wrong_batches_are_one_line(batch, message):
    with pytest.raises(RecipeError, match=message):
        list(feed(ONE, phase(batch), 0, 0))


def test_too_few_batches_are_one_line_and_too_many_are_left():
    with pytest.raises(RecipeError, match=r"batches\(0, 0\) yields 1 batches, but 3 of 3 steps are left"):
        list(feed(ONE, phase({"x": np.zeros(2)}, steps=3), 0, 0))
    endless = Phase("fit", 1, 2, lambda epoch, start: iter(lambda: {"x": np.zeros(2)}, None), list)
    assert len(list(feed(ONE, endless, 0, 0))) == 2


def test_doubles_become_floats():
    [batch] = feed(ONE, phase({"x": np.zeros(2)}), 0, 0)
    assert batch["x"].dtype == tf.float32


def test_items_are_made_ahead_and_no_further():
    made = []

    def items():
        for i in range(20):
            made.append(i)
            yield i

    taken = prefetched(items(), ahead=3)
    assert next(taken) == 0
    taken.close()
    assert len(made) <= 5
    with pytest.raises(ZeroDivisionError):
        list(prefetched(1 // i for i in (1, 0)))
