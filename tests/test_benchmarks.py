"""What the scripts in benchmarks/ and docs/ import from mediakit exists: they are run by hand, and seldom."""

import ast
import importlib
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="benchmarks of training need the extra train")

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(path.relative_to(ROOT) for folder in ("benchmarks", "docs") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_what_a_script_imports_exists(script):
    nodes = ast.walk(ast.parse((ROOT / script).read_text(encoding="utf-8")))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "mediakit":
            module = importlib.import_module(node.module)
            for name in node.names:
                if not hasattr(module, name.name):
                    importlib.import_module(f"{node.module}.{name.name}")
