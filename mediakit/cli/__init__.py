"""The command `mediakit`. Subcommands are imported when they are used; errors become lines and exit codes here."""

import importlib
import os
import signal
import sys
from typing import Any

import click

from mediakit import __version__
from mediakit.cli import engine
from mediakit.errors import MediakitError, did_you_mean, on_one_line
from mediakit.tasks import Task, installed_tasks

# Commands that belong to no single task, or are a task's second one, each a module of this package with a click command named `command`.
_GENERAL = ("evaluate", "export", "gesture", "models", "search", "serve", "train", "translate-image")


class _Commands(click.Group):
    """The general commands and one per task, of any installed package."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*_GENERAL, *_task_commands()])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _GENERAL:
            return importlib.import_module(f"mediakit.cli.{name.replace('-', '_')}").command
        return next((task.command for task in installed_tasks() if task.command_name == name), None)

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            raise click.UsageError(f"No such command {args[0]!r}{self._instead(context, args[0])}", context) from error

    def _instead(self, context: click.Context, name: str) -> str:
        """The end of the message about an unknown command: the nearest one, also for the name of a task, or else all of them."""
        known = self.list_commands(context)
        tasks = {task.name: command for command, task in _task_commands().items()}
        if name in tasks:
            return f"; did you mean {tasks[name]}?"
        return did_you_mean(name, known) or f"; the commands are {', '.join(known)}"


def _task_commands() -> dict[str, Task]:
    """Tasks by their command's name, which goes to our own where several want it. No command is imported for that."""
    commands: dict[str, Task] = {}
    for task in installed_tasks():
        commands.setdefault(task.command_name, task)
    return commands


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mediakit")
@click.pass_context
def mediakit(context: click.Context) -> None:
    """Photos, films, text, music and images, by small models that run offline, all but films in under half a second.

    \b
    mediakit caption photo.jpg                    describe a photo
    mediakit classify photo.jpg                   name what an image shows
    mediakit gesture counting.mp4                 recognise hand signs
    mediakit detect photo.jpg --draw drawn/       find things in an image
    mediakit segment photo.jpg --cutout cut/      cut out people and animals
    mediakit colorize grandmother.jpg             give grey photos colours
    mediakit genre trailer.mp4                    list the genres of a film
    mediakit translate --to de "A dog runs."      translate text and subtitles
    mediakit entities "Ada worked in London."     find the named entities in a text
    mediakit forecast sales.csv --horizon 12      forecast a series of numbers
    mediakit compose -o tune.mid                  compose music
    mediakit synthesize -o sheet.png              generate images
    mediakit search holiday/ "a dog on a beach"   find photos by what they show
    mediakit serve                                open a page with all of it in the browser
    mediakit models                               list the shipped models and their metrics
    mediakit COMMAND --help                       show options and examples

    Results go to standard output, messages and progress to standard error. Exit codes: 0, all done; 1, something failed and the
    rest was done; 2, the command line itself is wrong; 130, interrupted; 143, terminated.
    """
    context.obj = engine.run


class _Ended(BaseException):
    """Another process or the terminal ends this one. Not an Exception: nothing but the clean-up may catch it."""


def _end(number: int, frame: Any) -> None:
    raise _Ended(128 + number)


def _end_by_signals() -> None:
    """Have the signals that end a process run its clean-up, which removes temporary files."""
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _end)


def main() -> None:
    """Run the command line, and exit with one of the codes that its help names."""
    _end_by_signals()
    for name in ("stdout", "stderr"):  # None where the caller closed it (`>&-`): output then goes nowhere
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    # Results are UTF-8, as input is: a locale's encoding lacks the letters of most languages. File names may be other bytes.
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    try:
        code = mediakit.main(prog_name="mediakit", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except MediakitError as error:
        _debug()
        click.echo(f"mediakit: {on_one_line(str(error))}", err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("mediakit: interrupted", err=True)
        code = 130
    except _Ended as end:
        code = end.args[0]
    except BrokenPipeError:
        # The reader of the results has gone (`| head`). Without this, Python complains when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    except OSError as error:
        _debug()
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"mediakit: {on_one_line(f'{where}{error.strerror or error}')}", err=True)
        code = 1
    sys.exit(code or 0)


def _debug() -> None:
    if os.environ.get("MEDIAKIT_DEBUG") == "1":
        raise
