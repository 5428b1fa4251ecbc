"""Jobs on Spark, in two processes of this machine."""

import os
import shutil

import pytest
from fixtures_engines import check_faults, python_blocks

pytest.importorskip("pyspark", reason="needs the extra spark")
if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
    pytest.skip("Spark needs Java", allow_module_level=True)

from mediakit.engines import spark as engine


@pytest.fixture(scope="module")
def spark(repository):
    """A session with two workers that find the tests' modules."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(repository / "tests"), os.environ.get("PYTHONPATH", "")])
    session, _ = engine._session(2, None)
    yield session
    session.stop()


def test_killed_workers_and_poisoned_files(spark, tmp_path):
    check_faults(tmp_path, engine.run, worker=b"pyspark")


def test_the_page_runs(spark, repository, monkeypatch, capsys):
    monkeypatch.chdir(repository)
    blocks = [block for block in python_blocks(repository / "docs" / "scale.md") if "import ray" not in block]
    exec("\n".join(blocks), {"__name__": "__main__"})
    assert capsys.readouterr().out.count("caption=") == 4
