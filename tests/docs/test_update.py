"""The generated parts of the documentation are what docs/update.py writes."""

import re
import runpy

import pytest

from mediakit.runtime.model_folder import shipped


@pytest.fixture(scope="module")
def pages(request):
    root = request.config.rootpath
    return runpy.run_path(str(root / "docs" / "update.py"))["pages"]()


def test_generated_pages_are_up_to_date(pages):
    stale = [file.name for file, text in pages.items() if file.read_text(encoding="utf-8") != text]
    assert not stale, "run: python docs/update.py"


def test_the_table_lists_every_shipped_model(pages, repository):
    table = pages[repository / "README.md"]
    assert [name for name in shipped() if f"| `{name}` |" not in table] == []


def test_links_lead_somewhere(repository):
    broken = []
    for page in [*repository.glob("*.md"), *(repository / "docs").glob("*.md"), repository / "benchmarks" / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_the_readme_is_an_overview(repository):
    assert len((repository / "README.md").read_text(encoding="utf-8").splitlines()) <= 200
