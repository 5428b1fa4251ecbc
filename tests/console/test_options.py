"""Options that commands share."""

import click
import pytest
from click.testing import CliRunner

from mediakit.console import options
from mediakit.tasks import find_task, task_names


def test_a_group_keeps_its_order():
    @click.command()
    @options.beam_search("Captions")
    @options.sampling(0.9)
    @options.quiet
    def command(**given):
        pass

    assert [option.name for option in command.params] == ["beam", "n_best", "temperature", "top_p", "quiet"]


@pytest.mark.parametrize("value", ["nan", "inf", "0", "2"])
def test_a_number_is_finite_and_in_range(value):
    @click.command()
    @options.sampling(0.9)
    def command(**given):
        pass

    done = CliRunner().invoke(command, ["--top-p", value])
    assert done.exit_code == 2 and value in done.output


def test_settings():
    assert options.settings(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    with pytest.raises(click.UsageError, match="expected name=value"):
        options.settings(["a"])


@pytest.mark.parametrize("task", task_names())
def test_every_command_has_the_common_options_and_examples(task):
    command = find_task(task).command
    assert {"as_json", "model", "quiet"} <= {option.name for option in command.params}
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert f"mediakit {command.name} " in command.help
