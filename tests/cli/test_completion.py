"""Completion of commands and options by the shells that the README names."""

import os
import shutil
import subprocess
import sys

import pytest

# For each shell, the environment in which its script asks for what can follow `mediakit`; {last} is the word being typed.
ASKS = {
    "bash": {"COMP_WORDS": "mediakit {words}", "COMP_CWORD": "{number}"},
    "zsh": {"COMP_WORDS": "mediakit {words}", "COMP_CWORD": "{number}"},
    "fish": {"COMP_WORDS": "mediakit {words}", "COMP_CWORD": "{last}"},
}


def mediakit(instruction, **environment):
    code = "import mediakit.cli; mediakit.cli.main()"
    environment = {**os.environ, "_MEDIAKIT_COMPLETE": instruction, **environment}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("shell", ASKS)
@pytest.mark.parametrize(("words", "wanted"), [("ca", "caption"), ("caption --mo", "--model"), ("translate --form", "--format")])
def test_what_can_follow(shell, words, wanted):
    known = {"words": words, "number": str(len(words.split())), "last": words.split()[-1]}
    offered = mediakit(f"{shell}_complete", **{name: text.format(**known) for name, text in ASKS[shell].items()})
    assert wanted in offered and "--nothing" not in offered


@pytest.mark.parametrize("shell", ASKS)
def test_scripts_that_the_shells_read(shell, tmp_path):
    script = mediakit(f"{shell}_source")
    assert "mediakit" in script and f"{shell}_complete" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True, timeout=60)
