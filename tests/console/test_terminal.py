"""Every task's command in a terminal: results and progress never share a screen."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from fixtures_models import DATA

from mediakit.tasks import find_task, task_names

if os.name != "posix":
    pytest.skip("needs pseudo-terminals", allow_module_level=True)
import fcntl
import pty
import struct
import termios

SAMPLES = DATA.parents[1] / "samples"
# For each task, arguments with which its command prints several results. {folder} is a folder to write to.
CASES = {
    "anomalies": ["{folder}/series.csv", "{folder}/series.csv", "--json", "--model", DATA / "tiny_anomalies"],
    "captioning": [SAMPLES / "cat.jpg", SAMPLES / "coffee.jpg", "--model", DATA / "tiny_captioning"],
    "classification": [SAMPLES / "cat.jpg", SAMPLES / "coffee.jpg", "--model", DATA / "tiny_classification"],
    "detection": [SAMPLES / "cat.jpg", SAMPLES / "coffee.jpg", "--threshold", "0.001", "--model", DATA / "tiny_detection"],
    "film_genres": [DATA / "films" / "h264.mp4", DATA / "films" / "vp9.webm", "--frames", "2"],
    "forecasting": ["{folder}/series.csv", "{folder}/series.csv", "--method", "ar", "--model", DATA / "tiny_forecasting"],
    "image_generation": ["--n", "3", "--out-dir", "{folder}/images", "--model", DATA / "tiny_style_gan"],
    "image_to_image": [SAMPLES / "cat.jpg", SAMPLES / "coffee.jpg", "--out-dir", "{folder}/images", "--model", DATA / "tiny_colorize"],
    "music": ["--n", "2", "--bars", "1", "-o", "{folder}/tune.mid"],
    "named_entities": ["Ada Lovelace", "in London", "--model", DATA / "tiny_named_entities"],
    "sentiment": ["{folder}/lines.txt", "--model", DATA / "tiny_sentiment"],
    "segmentation": [SAMPLES / "cat.jpg", SAMPLES / "coffee.jpg", "--model", DATA / "tiny_segmentation"],
    "speech": ["12", "--n", "2", "-o", "{folder}/said.wav", "--model", DATA / "tiny_speech"],
    "traffic": ["{folder}/speeds.csv", "--model", DATA / "tiny_traffic"],
    "translation": ["{folder}/lines.txt", "--model", DATA / "tiny_translation"],
}


@pytest.fixture(params=task_names())
def command(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """A task's command line."""
    task = request.param
    assert task in CASES, f"add arguments of the task {task} to CASES"
    (tmp_path / "lines.txt").write_text("A dog runs.\nA cat sleeps.\n")
    (tmp_path / "speeds.csv").write_text("a,b,c,d\n" + "55,50,45,29\n50,52,44,28\n" * 7)
    (tmp_path / "series.csv").write_text("x\n" + "1\n4\n2\n8\n5\n7\n" * 6)
    arguments = [str(argument).format(folder=tmp_path) for argument in CASES[task]]
    return [sys.executable, "-m", "mediakit", find_task(task).command_name, *arguments]


def in_terminal(command: list[str], stdout: int | None = None) -> str:
    """What a terminal receives from a command that succeeds; standard output goes there too unless it is given."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("4H", 24, 100, 0, 0))
    received: list[bytes] = []

    def read() -> None:
        try:
            while part := os.read(leader, 4096):
                received.append(part)
        except OSError:  # the other end is closed
            pass

    reader = Thread(target=read)
    reader.start()
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=follower if stdout is None else stdout, stderr=follower, env=environment, timeout=120
    )
    os.close(follower)
    reader.join(10)
    os.close(leader)
    assert done.returncode == 0, b"".join(received)
    return b"".join(received).decode().replace("\r\n", "\n")


def on_screen(received: str) -> str:
    """What is to be seen of it at the end: a carriage return moves the cursor to the start of the line."""
    lines = []
    for line in received.split("\n"):
        shown: list[str] = []
        for part in line.split("\r"):
            shown[: len(part)] = part
        lines.append("".join(shown).rstrip())
    return "\n".join(lines)


def test_results_in_a_terminal_are_those_in_a_pipe(command):
    piped = subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert len(piped.stdout.splitlines()) > 1 and not piped.stderr
    assert in_terminal(command) == piped.stdout.decode()


def test_progress_is_shown_when_results_go_elsewhere_and_leaves_no_trace(command, tmp_path):
    with open(tmp_path / "results", "w") as results:
        received = in_terminal(command, results.fileno())
    assert "\r" in received
    assert not on_screen(received).strip()
    with open(tmp_path / "results", "w") as results:
        assert in_terminal([*command, "--quiet"], results.fileno()) == ""


def test_a_sheet_is_drawn_with_progress_before_anything_is_printed(tmp_path):
    sheet = tmp_path / "sheet.png"
    arguments = ["synthesize", "--n", "3", "-o", str(sheet), "--model", str(DATA / "tiny_style_gan")]
    received = in_terminal([sys.executable, "-m", "mediakit", *arguments])
    assert "| 0/3" in received and on_screen(received) == f"{sheet}\t3 images\tseeds 0-2\n"
