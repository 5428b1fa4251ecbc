"""What a run folder keeps, and what it refuses."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")

from mediakit.errors import DataError, InputError
from mediakit.training.run_folder import RunFolder


def files(words):
    return {"vocabulary.txt": lambda path: path.write_text("\n".join(words))}


def test_a_run_goes_on_with_the_words_it_began_with(tmp_path):
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_other_words_are_refused_and_the_first_are_kept(tmp_path):
    RunFolder(tmp_path).keep_files(files(["a", "b"]))
    with pytest.raises(DataError, match=r"vocabulary\.txt has changed"):
        RunFolder(tmp_path).keep_files(files(["b", "a"]))
    assert (tmp_path / "files" / "vocabulary.txt").read_text() == "a\nb"


@dataclass(frozen=True)
class Config:
    units: int = 3


def keep(path, config=None, data="data", fingerprint="abc"):
    RunFolder(path).keep_settings("lenet", config or Config(), path / data, fingerprint)


def test_a_run_goes_on_with_its_settings_and_data_alone(tmp_path):
    keep(tmp_path)
    keep(tmp_path, data="moved")  # the same examples in another place
    with pytest.raises(InputError, match="holds a run with other settings; give another --out"):
        keep(tmp_path, Config(4))
    with pytest.raises(DataError, match=r"moved: has changed since the run in .* began"):
        keep(tmp_path, data="moved", fingerprint="other")
    with pytest.raises(DataError, match=r"holds a run on the data of .*moved; give another --out for .*new"):
        keep(tmp_path, data="new", fingerprint="other")


def test_a_damaged_config_is_one_line(tmp_path):
    keep(tmp_path)
    (tmp_path / "config.json").write_text('{"recipe": "le')
    for attempt in (RunFolder(tmp_path).settings, lambda: keep(tmp_path)):
        with pytest.raises(DataError, match=r"config\.json: is damaged .*delete it") as raised:
            attempt()
        assert "\n" not in str(raised.value)
    with pytest.raises(DataError, match=r"has no config\.json"):
        RunFolder(tmp_path / "none").settings()


LOCK = """
import sys
from pathlib import Path
from mediakit.training.run_folder import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_one_process_trains_in_a_folder_and_lets_go_when_it_dies(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", LOCK, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(InputError, match="another process is training in this folder"), RunFolder(tmp_path).lock():
            pass
    finally:
        other.kill()
        other.wait()
    with RunFolder(tmp_path).lock():
        pass
