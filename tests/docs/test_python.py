"""The page on Python runs from top to bottom."""

import importlib.util
import re
import shutil
import subprocess
import sys

import pytest


def test_the_page_runs(repository, tmp_path):
    if not all(map(importlib.util.find_spec, ("tensorflow", "matplotlib"))):
        pytest.skip("the page trains and plots: it needs the extra train")
    page = (repository / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 5
    shutil.copytree(repository / "samples", tmp_path / "samples")
    (tmp_path / "page.py").write_text("\n".join(["import matplotlib", "matplotlib.use('agg')", *blocks]), encoding="utf-8")
    done = subprocess.run([sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "no-such-photo.jpg: no such file" in done.stdout
    assert (tmp_path / "curves.png").stat().st_size > 1000
    accuracy = re.search(r"History\(.*validation_accuracy ([\d.]+)", done.stdout)
    assert accuracy and float(accuracy[1]) > 0.6, done.stdout  # three classes
