"""The other commands in processes of their own."""

import subprocess
import sys

import pytest
from PIL import Image

import mediakit as package


def mediakit(*args):
    return subprocess.run([sys.executable, "-m", "mediakit", *map(str, args)], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("command", [[], ["caption"], ["train"], ["evaluate"], ["export"], ["models"]])
def test_help(command):
    done = mediakit(*command, "--help")
    assert done.returncode == 0 and "mediakit " in done.stdout and done.stderr == ""


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['mediakit', '--help']; import mediakit.cli\n"
        "try: mediakit.cli.main()\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'PIL', 'tensorflow', 'ai_edge_litert'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "[]"


def test_version():
    assert package.__version__ in mediakit("--version").stdout


def test_train_says_what_is_wrong(tmp_path):
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    for arguments, why in (
        (["captioning", "--data", tmp_path / "absent"], "no such folder"),
        (["juggling", "--data", tmp_path], "known: anomaly"),
        (["captioning", "--data", tmp_path, "--set", "unitz=3"], "no setting unitz"),
    ):
        done = mediakit("train", *arguments)
        assert done.returncode == 1 and why in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    for arguments in (["captioning"], ["captioning", "--data", tmp_path, "--set", "units"]):
        assert mediakit("train", *arguments).returncode == 2


def test_dry_run_shows_config_parameters_and_shapes(tmp_path):
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    for i in range(8):
        folder = tmp_path / "data" / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (20, 20), 30 * i).save(folder / f"{i}.png")
    done = mediakit("train", "lenet", "--data", tmp_path / "data", "--dry-run", "--out", tmp_path / "run", "--set", "batch_size=2")
    assert done.returncode == 0 and done.stderr == "", done.stderr
    for wanted in ('"batch_size": 2', "parameters: ", "phase training: 10 epochs of 3 steps", "image: uint8 [2, 32, 32, 1]"):
        assert wanted in done.stdout
    assert not (tmp_path / "run").exists()


def test_training_on_an_empty_folder_is_one_line(tmp_path):
    """TensorFlow's talk of itself is left out."""
    pytest.importorskip("tensorflow", reason="training needs the extra train")
    done = mediakit("train", "style_gan", "--data", tmp_path, "--out", tmp_path / "run")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1 and "holds no images" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_are_no_failure(closed, tmp_path):
    command = f'exec "{sys.executable}" -m mediakit synthesize --n 2 -o "{tmp_path / "a.png"}" {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert (tmp_path / "a.png").exists()


@pytest.mark.parametrize(
    ("option", "command"),
    [
        ("--explain", ["translate", "--to", "de", "A dog"]),
        ("--html", ["entities", "Ada", "--json"]),
        ("--wav", ["compose", "-o", "tune.mid"]),
        ("--piano-roll", ["compose", "-o", "tune.mid"]),
        ("--interpolate", ["synthesize"]),
        ("--timeline", ["genre", "film.mp4"]),
    ],
)
def test_one_thing_on_standard_output(option, command, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mediakit", *command, option, "-"], capture_output=True, timeout=60, check=False, cwd=tmp_path
    )
    assert done.returncode == 2 and f"{option} - would be mixed" in done.stderr.decode()
    assert not done.stdout and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["capton", "a.jpg"], "No such command 'capton'; did you mean caption?"),
        (["captioning"], "did you mean caption?"),
        (["xyzzy"], "the commands are anomalies, caption, classify,"),
        (["caption", "--modl", "x"], "--model"),
        (["caption", "a.jpg", "-o", "results.json"], "only with --json"),
        (["translate", "A dog", "-o", "results.png"], "results.png"),
        (["entities", "Ada", "--json", "-o", "results.csv"], ".jsonl"),
        (["genre", "a.mp4", "-o", "results.mid"], "results.mid"),
    ],
)
def test_a_usage_error_suggests_what_was_meant(arguments, why):
    done = mediakit(*arguments)
    assert done.returncode == 2 and why in done.stderr.splitlines()[-1]


def test_our_own_commands_start_without_asking_other_distributions(samples):
    code = (
        f"import sys; sys.argv = ['mediakit', 'caption', {str(samples / 'cat.jpg')!r}]; import mediakit.cli\n"
        "try: mediakit.cli.main()\nexcept SystemExit: pass\n"
        "print('importlib.metadata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()[-1] == "False"
