"""Write docs/commands.md, the help of every command: python docs/build_commands.py."""

from pathlib import Path

import click

from mediakit.cli import mediakit

PAGE = Path(__file__).with_name("commands.md")
WIDTH = 100  # columns
HEAD = """# Commands

The help of `mediakit` and of each of its commands, written by `python docs/build_commands.py`.
"""


def page() -> str:
    """The text of docs/commands.md."""
    settings = {**mediakit.context_settings, "terminal_width": WIDTH}
    top = click.Context(mediakit, info_name="mediakit", **settings)
    sections = [_section("mediakit", mediakit.get_help(top))]
    for name in mediakit.list_commands(top):
        command = mediakit.get_command(top, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=top, **settings)
        sections.append(_section(f"mediakit {name}", command.get_help(context)))
    return "\n".join([HEAD, *sections])


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
