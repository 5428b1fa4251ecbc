"""Work in threads: in order, at flat memory, errors in their turn."""

import threading
from itertools import count

import pytest

from mediakit.runtime.workers import AHEAD, Pool, in_order


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_results_come_in_order_whoever_is_ready_first(threads):
    waits = [threading.Event() for _ in range(6)]

    def work(item):
        if threads == 3 and item < 2:
            waits[item].wait(10)  # the third thread does the others meanwhile
        if item == 4:
            [event.set() for event in waits]
        return item * item

    assert list(in_order(work, range(6), threads)) == [(i, i * i) for i in range(6)]
    assert list(in_order(work, [7], threads)) == [(7, 49)] and list(in_order(work, [], threads)) == []


def test_an_endless_stream_is_read_only_so_far_ahead():
    taken = []

    def endless():
        for item in count():
            taken.append(item)
            yield item

    stream = in_order(lambda item: item, endless(), 2)
    assert [next(stream) for _ in range(5)] == [(i, i) for i in range(5)]
    assert len(taken) <= 5 + 2 * AHEAD + 1
    stream.close()


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_comes_in_its_turn(threads):
    stream = in_order(lambda item: 6 // item, [1, 2, 0, 3], threads)
    assert next(stream) == (1, 6) and next(stream) == (2, 3)
    with pytest.raises(ZeroDivisionError):
        next(stream)


def test_a_pool_makes_another_only_when_none_is_idle():
    made = []
    pool = Pool(lambda: made.append(len(made)) or len(made))
    with pool.one() as first, pool.one() as second:
        assert first != second
    with pool.one():
        pass
    assert len(made) == 2
