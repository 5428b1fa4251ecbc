"""Jobs on a Ray cluster of two nodes, some of whose processes are killed."""

import os
from pathlib import Path

import pytest
from fixtures_engines import check_faults, python_blocks

pytest.importorskip("ray", reason="needs the extra ray")
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray
from ray.cluster_utils import Cluster

from mediakit.engines import ray as engine

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def cluster():
    """A cluster of two nodes of one processor each."""
    node = {"num_cpus": 1, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    cluster.add_node(**node)
    ray.init(cluster.address, log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": {"PYTHONPATH": str(TESTS)}})
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_killed_workers_and_poisoned_files(cluster, tmp_path):
    """Ray's workers are killed while their processes work, and a file kills the processes."""
    check_faults(tmp_path, engine.run, worker=b"ray::")


def test_the_page_runs(cluster, repository, monkeypatch, capsys):
    monkeypatch.chdir(repository)
    [block] = [block for block in python_blocks(repository / "docs" / "scale.md") if "import ray" in block]
    exec(block, {})
    assert capsys.readouterr().out.count("'error': None") == 3
