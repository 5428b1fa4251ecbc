"""A server in this process, with tiny models beside the shipped ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mediakit.serve.app import create_app
from mediakit.serve.limits import Limits
from mediakit.serve.notes import keep_notes
from mediakit.serve.security import Access

DATA = Path(__file__).parents[1] / "data"
ADDRESS = "http://localhost:8000"


@pytest.fixture(scope="module", autouse=True)
def _tiny_models() -> Iterator[None]:
    """The tiny models by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDIAKIT_MODELS", str(DATA))
        yield


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of a server with small limits."""
    limits = Limits(body=2_000_000, pixels=1_000_000, film_seconds=10, characters=500, inputs=20, seconds=30, concurrent=2, waiting=4)
    with TestClient(create_app(Access(), limits), ADDRESS) as client:
        yield client


@pytest.fixture(autouse=True)
def _notes() -> None:
    """As a server does when it starts; pytest undoes it after each test."""
    keep_notes()
