"""A function in a process of its own."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fixtures_engines import Fragile

from mediakit.engines.isolation import Closed, Isolated, ProcessDied, UnexpectedError
from mediakit.errors import InputError, MediakitError


@pytest.fixture
def isolated(tmp_path):
    made = Isolated(Fragile(tmp_path / "calls"), {"path": []}, str(tmp_path))
    yield made
    made.close()


def lengths(isolated, *paths):
    return isolated({"path": list(paths)})["length"]


def test_a_process_that_dies_is_told_of_and_replaced(isolated):
    assert lengths(isolated, "a", "bc") == [1, 2]
    with pytest.raises(ProcessDied, match="exit code 3"):
        lengths(isolated, "a", "poison")
    with pytest.raises(ProcessDied, match=f"signal {int(signal.SIGSEGV)}"):
        lengths(isolated, "killer")
    with pytest.raises(UnexpectedError, match="ValueError: a fault of ours"):
        lengths(isolated, "fault")
    assert lengths(isolated, "a") == [1]


def test_one_that_cannot_start_ends_the_job(tmp_path):
    with pytest.raises(MediakitError, match="loads the model ended with exit code 3"):
        Isolated(Fragile(tmp_path / "calls"), {"path": ["poison"]}, str(tmp_path))({"path": []})
    assert (tmp_path / "calls").read_text().count("poison") == 5


def test_it_works_in_its_folder_if_there_is_one(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        isolated = Isolated(Fragile("calls"), {"path": []}, str(folder))
        if folder.exists():
            assert lengths(isolated, "abc") == [3] and (folder / "calls").exists()
        isolated.close()


def test_closing_it_ends_a_call_in_another_thread(isolated, tmp_path):
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(lengths, isolated, *["slow"] * 5000)
        while not (tmp_path / "calls").exists():
            time.sleep(0.01)
        isolated.close()
        with pytest.raises(Closed):
            waiting.result(60)


def test_its_errors_are_raised_here(tmp_path):
    isolated = Isolated(Fragile(tmp_path / "calls"), {"path": ["refused"]}, str(tmp_path))
    with pytest.raises(InputError, match="an option is refused"):
        isolated({"path": []})
