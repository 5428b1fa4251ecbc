"""The command `mediakit`: subcommands are imported when they are used; errors become lines and exit codes here."""

import importlib
import os
import sys
from typing import Any

import click

from mediakit import __version__
from mediakit.errors import MediakitError
from mediakit.tasks import find_task, task_names

# Commands of no single task, each a module of this package with a click command named `command`.
_GENERAL = ("evaluate", "export", "models", "train")


class _Commands(click.Group):
    """The general commands and one for each task, from whichever package brings it."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*_GENERAL, *_task_commands()])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _GENERAL:
            return importlib.import_module(f"mediakit.cli.{name}").command
        task = _task_commands().get(name)
        return find_task(task).command if task else None

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            known = ", ".join(self.list_commands(context))
            raise click.UsageError(f"{error.message} The commands are {known}.", context) from error


def _task_commands() -> dict[str, str]:
    """Command names to tasks. No task's command is imported for that."""
    return {find_task(name).command_name: name for name in task_names()}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mediakit")
def mediakit() -> None:
    """Photos, films, text, music and pictures by small models that answer offline in under half a second.

    \b
    mediakit caption photo.jpg                    describe a photo
    mediakit genre trailer.mp4                    tell the genres of a film
    mediakit translate --to de "A dog runs."      translate text and subtitles
    mediakit entities "Ada worked in London."     find the names in a text
    mediakit compose -o tune.mid                  write music
    mediakit synthesize -o sheet.png              draw pictures
    mediakit models                               what is shipped, how good it is, its licence
    mediakit COMMAND --help                       options and examples
    """


def main() -> None:
    """Run the command line. Exit code 0: all well; 1: something failed, the rest was done; 2: usage; 130: interrupted."""
    for name in ("stdout", "stderr"):  # Python has none where the caller closed it (`>&-`): what is said then goes nowhere
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    # Results are in UTF-8, as input is: another encoding (a locale's, a Windows pipe's) lacks most languages' letters.
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        code = mediakit.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except MediakitError as error:
        _debug()
        click.echo(f"mediakit: {error}", err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        code = 130
    except BrokenPipeError:
        # Whoever read the results has gone (`| head`); Python must not complain about it when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    except OSError as error:
        _debug()
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"mediakit: {where}{error.strerror or error}", err=True)
        code = 1
    sys.exit(code or 0)


def _debug() -> None:
    if os.environ.get("MEDIAKIT_DEBUG") == "1":
        raise
