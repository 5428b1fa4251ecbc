"""Write what the documentation takes from the package.

python docs/update.py            write docs/commands.md, the README's table of models and the recipe in docs/recipes.md
python docs/update.py --check    exit with 1 if any of them is out of date
"""

import sys
from pathlib import Path

import click

from mediakit.cli import mediakit
from mediakit.runtime.card import headline, restriction
from mediakit.runtime.model_folder import open_folder, shipped

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100  # columns of a help text
COMMANDS_HEAD = """# Commands

The help of `mediakit` and of each of its commands.

To complete commands and options with the tab key, add a line to what your shell reads when it starts:

    eval "$(_MEDIAKIT_COMPLETE=bash_source mediakit)"            # bash: ~/.bashrc
    eval "$(_MEDIAKIT_COMPLETE=zsh_source mediakit)"             # zsh: ~/.zshrc
    _MEDIAKIT_COMPLETE=fish_source mediakit | source             # fish: ~/.config/fish/config.fish
"""


def pages() -> dict[Path, str]:
    """Each generated file with the text that it should have."""
    readme, recipes = ROOT / "README.md", ROOT / "docs" / "recipes.md"
    lenet = (ROOT / "recipes" / "lenet.py").read_text(encoding="utf-8")
    return {
        readme: _between(readme, "models", models_table()),
        recipes: _between(recipes, "recipes/lenet.py", f"```python\n{lenet}```\n"),
        ROOT / "docs" / "commands.md": commands(),
    }


def models_table() -> str:
    """The shipped models as a Markdown table: name, size, the metric that each is known by, and the strictest licence of its data."""
    rows = ["| model | MB | metric | licence |", "|---|---|---|---|"]
    for name in shipped():
        folder = open_folder(name)
        rows.append(f"| `{name}` | {folder.size / 1e6:.1f} | {headline(folder.manifest)} | {restriction(folder.manifest)} |")
    return "\n".join(rows) + "\n"


def commands() -> str:
    """The help of every command."""
    settings = {**mediakit.context_settings, "terminal_width": WIDTH}
    top = click.Context(mediakit, info_name="mediakit", **settings)
    sections = [_section("mediakit", mediakit.get_help(top))]
    for name in mediakit.list_commands(top):
        command = mediakit.get_command(top, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=top, **settings)
        sections.append(_section(f"mediakit {name}", command.get_help(context)))
    return "\n".join([COMMANDS_HEAD, *sections])


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"


def _between(file: Path, name: str, content: str) -> str:
    """A file's text with what stands between its two comments of a name replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = file.read_text(encoding="utf-8").partition(begin)
    assert found and end in rest, f"{file}: lacks the comments {begin.strip()} and {end.strip()}"
    return before + begin + content + end + rest.partition(end)[2]


def main() -> None:
    """Write the files, or check them."""
    stale = {file: text for file, text in pages().items() if not file.exists() or file.read_text(encoding="utf-8") != text}
    names = ", ".join(str(file.relative_to(ROOT)) for file in stale)
    if "--check" in sys.argv[1:]:
        sys.exit(f"out of date: {names}; run python docs/update.py" if stale else 0)
    for file, text in stale.items():
        file.write_text(text, encoding="utf-8")
    print(f"written: {names}" if stale else "nothing to write")


if __name__ == "__main__":
    main()
