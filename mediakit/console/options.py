"""Options that several commands have, in the same words everywhere. The functions return decorators; `text` is an option's help.

    @click.command("caption")
    @options.beam_search("Captions")
    @options.output
    def command(...): ...

A usage error (exit code 2) is what is wrong with a command line in itself: an unknown option, a value out of range, options that
cannot be used together, a name that promises another format than the one written. What is wrong with what it names is a failure
(exit code 1): a missing photo, a folder in place of a file, an unknown model, a language that no model knows.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import click

from mediakit.console.files import OutputFile, OutputFolder
from mediakit.runtime.seeds import LAST_SEED

Decorator = Callable[[Any], Any]
SEED = click.IntRange(0, LAST_SEED)


class Number(click.FloatRange):
    """A finite number in a range."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """The number. Fails with a usage error for one that is out of range, infinite or NaN."""
        number = float(super().convert(value, param, context))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, context)
        return number


class Time(click.ParamType):
    """Seconds, minutes:seconds or hours:minutes:seconds, as seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        """The time in seconds. Fails with a usage error for what is not a time."""
        if isinstance(value, float):
            return value
        try:
            parts = [float(part) for part in str(value).split(":")]
            if len(parts) > 3 or any(not 0 <= part < float("inf") for part in parts):
                raise ValueError
        except ValueError:
            self.fail(f"{value!r} is not a time such as 90, 1:30 or 1:02:03", param, context)
        return sum(part * 60**i for i, part in enumerate(reversed(parts)))


quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress and no notes; errors are still printed.")
recursive = click.option("--recursive", "-r", is_flag=True, help="Also search subfolders.")


def output(function: Any) -> Any:
    """`--output` and `--resume`."""
    decorate = option_group(
        click.option(
            "--output",
            "-o",
            type=OutputFile(),
            metavar="FILE",
            help="Write the results to this file, which is written whole or not at all.",
        ),
        click.option(
            "--resume",
            is_flag=True,
            help="Keep what is finished in FILE.partial if the command is interrupted, and go on from there.",
        ),
    )
    return decorate(function)


def json_lines(fields: str) -> Decorator:
    """`--json`, whose objects have these fields."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print one JSON object per line: {fields}.")


def model(default: str | None = None, text: str = "A shipped model, or a model folder that `mediakit train` wrote.") -> Decorator:
    """`--model`."""
    return click.option("--model", default=default, show_default=default is not None, metavar="MODEL", help=text)


def threads(items: str) -> Decorator:
    """`--threads`: how many of these items are processed at once."""
    return click.option(
        "--threads",
        type=click.IntRange(1, 256),
        metavar="N",
        help=f"{items} processed at the same time.  [default: one per processor, at most 4]",
    )


def max_pixels(items: str) -> Decorator:
    """`--max-pixels`: larger ones of these items are refused."""
    return click.option(
        "--max-pixels", type=click.IntRange(1), metavar="N", default=64_000_000, show_default=True, help=f"Refuse {items} with more pixels."
    )


def beam_search(results: str) -> Decorator:
    """`--beam` and `--n-best`, which returns so many of these results for each input."""
    return option_group(
        click.option(
            "--beam", type=click.IntRange(1, 64), metavar="N", help="Beam width; 1 is greedy search.  [default: set by the model]"
        ),
        click.option(
            "--n-best", type=click.IntRange(1, 64), metavar="N", default=1, show_default=True, help=f"{results} per input, best first."
        ),
    )


def sampling(top_p: float) -> Decorator:
    """`--temperature` and `--top-p`."""
    return option_group(
        click.option(
            "--temperature",
            type=Number(0, min_open=True),
            default=1.0,
            show_default=True,
            help="Sampling temperature; lower is safer.",
        ),
        click.option(
            "--top-p",
            type=Number(0, 1, min_open=True),
            default=top_p,
            show_default=True,
            help="Nucleus sampling: keep the most probable choices up to this total probability.",
        ),
    )


def seed(results: str) -> Decorator:
    """`--seed` of sampling: the same seed gives the same results."""
    return click.option("--seed", type=SEED, metavar="N", default=0, show_default=True, help=f"The same seed gives the same {results}.")


def check_last_seed(first: int, count: int) -> None:
    """Raise a usage error if the last of `count` seeds from the first one on is too large."""
    if first + count - 1 > LAST_SEED:
        raise click.UsageError(f"--seed {first} --n {count} runs past the last seed, {LAST_SEED}; start lower or make fewer")


def count(text: str, most: int, default: int | None = None) -> Decorator:
    """`--n`: how many results."""
    return click.option(
        "--n", "-n", "count", type=click.IntRange(1, most), metavar="N", default=default, show_default=default is not None, help=text
    )


def file(
    name: str, *endings: str, short: str = "", metavar: str = "FILE", choose: bool = False, required: bool = False, text: str
) -> Decorator:
    """An option for a file to write, of the formats that have these endings; `choose`: the file's ending chooses one of them."""
    names = [name, short] if short else [name]
    return click.option(*names, type=OutputFile(*endings, choose=choose), metavar=metavar, required=required, help=text)


def folder(name: str, text: str, default: str | None = None) -> Decorator:
    """An option for a folder of files to write."""
    return click.option(name, type=OutputFolder(), metavar="DIR", default=default, show_default=default is not None, help=text)


def option_group(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def set_values(text: str) -> Decorator:
    """`--set NAME=VALUE`, to be read by `settings`."""
    return click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help=text)


def settings(pairs: Iterable[str]) -> dict[str, str]:
    """The `name=value` texts of `--set` as a dictionary. Raises a usage error for a text without `=`."""
    result = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: expected name=value")
        result[name] = value
    return result
