"""docs/commands.md is the help that the commands print."""

import runpy


def test_the_page_of_commands_is_up_to_date(repository):
    page = runpy.run_path(str(repository / "docs" / "build_commands.py"))["page"]
    assert (repository / "docs" / "commands.md").read_text(encoding="utf-8") == page(), "run: python docs/build_commands.py"
