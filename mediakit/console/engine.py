"""`--engine` and what belongs to it: a command's work spread over many processes, on one machine or on many."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal

import click

from mediakit.console.options import Decorator, option_group

Kind = Literal["photos", "films", "texts"]


@dataclass(frozen=True)
class Spread:
    """How a command's work is to be spread.

    Args:
        engine: `local`, `ray` or `spark`.
        address: of the cluster.
        workers: how many processes.
        column: of Parquet tables, the one that holds the items.
        parquet: write Parquet.
        kind: what the command takes.
    """

    engine: str
    address: str | None
    workers: int | None
    column: str | None
    parquet: bool
    kind: Kind


def engine(kind: Kind, own_column: bool = False) -> Decorator:
    """`--engine`, for a command that takes `kind`. With it, the command's function is not called: `mediakit.cli` does the work.

    That is found through click's `obj`, since it stands above the tasks.

    Args:
        own_column: the command has an option `--column` of its own, which names the column of Parquet tables too.
    """
    column_option = click.option("--column", metavar="NAME", help=f"The column of Parquet tables that holds the {kind}.")
    options = option_group(
        click.option(
            "--engine",
            type=click.Choice(["local", "ray", "spark"]),
            is_eager=True,  # it decides what --output takes
            help="Spread the work over processes of this machine, or of a Ray or Spark cluster; --output is then a folder of parts.",
        ),
        click.option("--address", metavar="ADDRESS", help="The Ray or Spark cluster.  [default: one is started on this machine]"),
        click.option("--workers", type=click.IntRange(1), metavar="N", help="Processes.  [default: one per processor]"),
        *([] if own_column else [column_option]),
        click.option("--parquet", is_flag=True, help="Write parts as Parquet in place of JSON lines."),
    )

    def decorate(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def command(engine: str | None, address: str | None, workers: int | None, parquet: bool, **given: Any) -> Any:
            context = click.get_current_context()
            if engine:
                return context.obj(context, Spread(engine, address, workers, given["column"], parquet, kind))
            column = None if own_column else given.pop("column")
            for name, value in (("address", address), ("workers", workers), ("column", column), ("parquet", parquet)):
                if value:
                    raise click.UsageError(f"--{name} is for --engine: give that too")
            return function(**given)

        return options(command)

    return decorate
