"""Streams without their items, and the options of a stream."""

from collections.abc import Iterable, Iterator

import pytest

from mediakit.errors import InputError
from mediakit.runtime.pipeline import check_options, results_of


def stream(
    items: Iterable[str], *, beam: int | None = None, temperature: float = 1.0, label: str | Iterable[str] = ""
) -> Iterator[tuple[str, str | InputError]]:
    """A pipeline's stream that fails at "bad"."""
    for item in items:
        yield item, InputError("bad: is bad") if item == "bad" else f"{item} {beam}"


def test_results_come_without_their_items_up_to_the_first_error() -> None:
    results = results_of(stream(["a", "b", "bad", "c"], beam=2))
    assert [next(results), next(results)] == ["a 2", "b 2"]
    with pytest.raises(InputError, match="bad: is bad"):
        next(results)


@pytest.mark.parametrize("options", [{"beam": 3}, {"beam": None}, {"temperature": 1}, {"label": ["a", "b"]}, {}])
def test_options_of_the_right_type(options: dict[str, object]) -> None:
    check_options(stream, options)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"beem": 3}, "no option 'beem'; the options are beam, temperature, label"),
        ({"beam": "x"}, "beam is 'x'; it must be of type int"),
        ({"beam": 1.5}, "beam is 1.5"),
        ({"temperature": "warm"}, "type float"),
        ({"items": []}, "no option 'items'"),
    ],
)
def test_other_options_are_refused(options: dict[str, object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        check_options(stream, options)
