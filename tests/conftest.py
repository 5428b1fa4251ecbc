"""What all tests share."""

import os
import sqlite3  # noqa: F401  (before TensorFlow, whose own SQLite, without full-text search, would take its place)
import sys
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

sys.path.insert(0, str(Path(__file__).parent))
pytest_plugins = ["fixtures_models"]

# Before anything imports TensorFlow: no start-up messages, no search for a GPU that a test would then share.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# A slow machine is no failure.
settings.register_profile("mediakit", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("mediakit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a fixture that takes long goes to one process of `pytest -n`: a file's tests, of the contract a recipe's."""
    for item in items:
        recipe = getattr(item, "callspec", None) and item.callspec.params.get("recipe")
        item.add_marker(pytest.mark.xdist_group(f"{item.path.name} {recipe or ''}"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample photos."""
    return REPOSITORY / "samples"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder that holds downloaded data sets: $MEDIAKIT_DATA, else `shared/data` beside the source tree."""
    folder = Path(os.environ.get("MEDIAKIT_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no data sets: {folder} is not there (set MEDIAKIT_DATA)")
    return folder


@pytest.fixture(scope="session")
def flickr8k(data_folder: Path) -> Path:
    """Flickr8k in its published layout, photos perhaps made smaller."""
    for name in ("flickr8k", "flickr8k_224"):
        if (data_folder / name / "Flickr8k.token.txt").is_file():
            return data_folder / name
    pytest.skip(f"no Flickr8k in {data_folder}")
