"""The wheel that people install, and the installation under test."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import entry_points, metadata
from pathlib import Path

import pytest

import mediakit

ROOMS = ("mediakit", "datasets", "recipes", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the source tree, built from a copy so that no build folder is left in the tree."""
    import shutil

    copy = tmp_path_factory.mktemp("source")
    for name in ROOMS:
        source = repository / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, copy / name)
    out = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "-q",
        "-w",
        str(out),
    ]
    done = subprocess.run([*build, str(copy)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(out.glob("keras_mediakit-*.whl"))


def test_every_module_of_the_tree_is_in_the_wheel(wheel: Path, repository: Path):
    packed = set(zipfile.ZipFile(wheel).namelist())
    places = {"mediakit": "mediakit", "recipes": "mediakit/recipes", "datasets": "mediakit/datasets"}
    for folder, name in places.items():
        for module in (repository / folder).rglob("*.py"):
            assert f"{name}/{module.relative_to(repository / folder).as_posix()}" in packed
    assert "mediakit/datasets/hindi_phrasebook.tsv" in packed
    assert {f"mediakit/serve/page/{file.name}" for file in (repository / "mediakit" / "serve" / "page").iterdir()} <= packed
    assert not any(name.startswith(("tests/", "datasets/", "recipes/", "benchmarks/")) for name in packed)


def test_shipped_models_are_in_the_wheel(wheel: Path, repository: Path):
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = [path for path in (repository / "mediakit" / "models").rglob("*") if path.is_file()]
    assert {path.relative_to(repository).as_posix() for path in wanted} <= packed


def test_an_ordinary_installation_works_from_another_folder(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import mediakit, mediakit.datasets.flickr8k as data, importlib.util\n"
        "recipe = importlib.util.find_spec('mediakit.recipes.captioning')\n"
        "print(mediakit.__file__, data.__file__, recipe.origin, sep='\\n')\n"
        "for model in mediakit.models(): mediakit.load(model)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [line.startswith(str(tmp_path / "site")) for line in done.stdout.splitlines()] == [True] * 3


def test_metadata_of_the_installation_under_test():
    assert metadata("keras-mediakit")["Version"] == mediakit.__version__
    assert {point.name for point in entry_points(group="console_scripts") if point.value == "mediakit.cli:main"} == {"mediakit"}
    assert "captioning" in entry_points(group="mediakit.recipes").names


def test_the_base_installation_asks_for_no_training_library():
    base = [line for line in metadata("keras-mediakit").get_all("Requires-Dist") or [] if "extra ==" not in line]
    assert base
    assert not [line for line in base if line.startswith(("tensorflow", "keras", "torch", "jax"))]


def test_nobody_is_sent_to_the_distribution_of_that_name_on_the_index(repository: Path):
    """`mediakit` on the package index is another project; ours is `keras-mediakit`."""
    wrong = re.compile(r"pip install (-\S+ )*[\"']?mediakit|(?<!keras-)mediakit\[[a-z]+\]")
    texts = [*repository.glob("*.*"), repository / ".ci" / "run"]
    for folder in ("mediakit", "recipes", "datasets", "benchmarks", "tests", "docs", "samples"):
        texts += [path for ending in ("py", "md", "toml", "json") for path in (repository / folder).rglob(f"*.{ending}")]
    found = [f"{path}: {match[0]}" for path in texts if path.is_file() for match in wrong.finditer(path.read_text(encoding="utf-8"))]
    assert not found
