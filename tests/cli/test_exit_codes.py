"""One rule for every command: 2 for a command line that is wrong in itself, 1 for what is wrong with what it names."""

import click
import pytest
from click.testing import CliRunner

from mediakit.cli import mediakit
from mediakit.console.files import PlaceOnDisk
from mediakit.errors import InputError, MediakitError

CONTEXT = click.Context(mediakit)
COMMANDS = {name: mediakit.get_command(CONTEXT, name) for name in mediakit.list_commands(CONTEXT)}
PARAMETERS = [pytest.param(parameter, id=f"{name} {parameter.name}") for name, command in COMMANDS.items() for parameter in command.params]


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_a_usage_error(name):
    done = CliRunner().invoke(mediakit, [name, "--nothing"])
    assert done.exit_code == 2 and "--nothing" in done.stderr


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_what_the_disk_says_is_no_usage_error(parameter, tmp_path):
    kind = parameter.type
    if not isinstance(kind, click.Path):
        return
    (tmp_path / "file").touch()
    if not kind.file_okay:
        with pytest.raises(InputError, match="file: is a file, not a folder"):
            kind.convert(str(tmp_path / "file"), parameter, CONTEXT)
    if not kind.dir_okay:
        with pytest.raises(InputError, match=": is a folder, not a file"):
            kind.convert(str(tmp_path), parameter, CONTEXT)
    if kind.exists:
        with pytest.raises(InputError, match="absent: no such"):
            kind.convert(str(tmp_path / "absent"), parameter, CONTEXT)


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_value_out_of_range_is_a_usage_error(parameter):
    kind = parameter.type
    if isinstance(kind, click.IntRange | click.FloatRange) and kind.min is not None:
        with pytest.raises(click.UsageError):
            kind.convert(str(kind.min - 1), parameter, CONTEXT)


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if any(one.name == "model" for one in command.params)])
def test_an_unknown_model_is_a_failure(name, tmp_path):
    needed = {
        "search": [str(tmp_path), "dog"],
        "compose": ["-o", str(tmp_path / "a.mid")],
        "say": ["12", "-o", str(tmp_path / "a.wav")],
        "synthesize": ["-o", str(tmp_path / "a.png")],
    }
    if name == "evaluate":
        arguments = ["absent", "--data", str(tmp_path), "--split", "dev"]
    else:
        arguments = [*needed.get(name, ["x.jpg"]), "--model", "absent"]
    done = CliRunner().invoke(mediakit, [name, *arguments])
    assert isinstance(done.exception, MediakitError) and "no model 'absent'" in str(done.exception)


def test_places_on_disk_are_checked_in_one_way():
    for parameter in (one.values[0] for one in PARAMETERS):
        kind = parameter.type
        checked = isinstance(kind, click.Path) and (kind.exists or not kind.file_okay or not kind.dir_okay)
        assert not checked or isinstance(kind, PlaceOnDisk), f"{parameter.name}: use PlaceOnDisk"
