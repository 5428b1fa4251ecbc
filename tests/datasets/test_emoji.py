"""The emoji packages: layouts, categories, and splits by subject."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import emoji, images
from mediakit.errors import DataError

TREE = {"unified": "1F333", "category": "Nature"}
RUNNER = {
    "unified": "1F3C3",
    "category": "People",
    "skin_variations": {"1F3FB": {"unified": "1F3C3-1F3FB"}, "1F3FF": {"unified": "1F3C3-1F3FF"}},
}
KEYCAP = {"unified": "0023-FE0F-20E3", "category": "Symbols"}


def png(colour: tuple[int, ...] = (250, 120, 30, 255), size: int = 64, mode: str = "RGBA") -> bytes:
    """A disc on a transparent ground, as a PNG whose invisible pixels have another colour."""
    disc = np.hypot(*(np.mgrid[:size, :size] - (size - 1) / 2)) < size * 0.4
    pixels = np.where(disc[..., None], np.array(colour), np.array([0, 255, 0, 0])).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package as unpacked: images in one folder, a sprite sheet in another."""
    files = {
        f"package/img/google/64/{name}.png": png()
        for name in ("0023-fe0f-20e3", "1f333", "1f3c3", "1f3c3-1f3fb", "1f3c3-1f3ff", "1f3c3-200d-2642-fe0f", "1f600")
    }
    files["package/img/google/sheets/64.png"] = png()
    files["package/emoji.json"] = json.dumps([TREE, RUNNER, KEYCAP]).encode()
    for name, content in files.items():
        path = tmp_path / "emoji-datasource-google" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "emoji-datasource-google"


def as_tgz(package: Path) -> Path:
    """The same files packed as on the package index."""
    archive = package.with_suffix(".tgz")
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(package / "package", "package")
    return archive


def test_categories_and_skin_tones(package: Path) -> None:
    found = images.read(package, "all", 64)
    assert found.names == ("1f333.png", "1f3c3.png", "1f3c3-1f3fb.png", "1f3c3-1f3ff.png", "0023-fe0f-20e3.png")
    assert [found.classes[label] for label in found.labels] == ["Nature", "People", "People", "People", "Symbols"]
    assert found.classes[0] == "People", "the largest class first"
    assert found.dropped == {"not in emoji.json": ("1f3c3-200d-2642-fe0f.png", "1f600.png")}
    assert found.pixels.shape == (5, 64, 64, 4)


def test_standalone_skin_tones_are_left_out(package: Path) -> None:
    folder = package / "package"
    (folder / "img" / "google" / "64" / "1f3fb.png").write_bytes(png())
    tone = {"unified": "1F3FB", "category": "Component"}
    (folder / "emoji.json").write_text(json.dumps([TREE, RUNNER, KEYCAP, tone]), encoding="utf-8")
    found = images.read(package, "all", 64)
    assert len(found) == 5 and "Component" not in found.classes
    assert found.dropped["a standalone skin tone"] == ("1f3fb.png",)


def test_the_archive_is_read_like_the_folder(package: Path) -> None:
    folder, archive = images.read(package, "all", 64), images.read(as_tgz(package), "all", 64)
    assert np.array_equal(folder.pixels, archive.pixels) and folder.names == archive.names and folder.classes == archive.classes


def test_without_categories_there_are_no_classes(package: Path) -> None:
    (package / "package" / "emoji.json").unlink()
    found = images.read(package, "all", 64)
    assert len(found) == 7 and found.classes == () and not found.labels.any()


@pytest.mark.parametrize("size", [16, 32, 100])
def test_no_fringe(package: Path, size: int) -> None:
    """The colour of invisible pixels does not show after resizing."""
    pixels = images.read(package, "all", size).pixels[0].astype(int)
    assert pixels[0, 0].tolist() == [0, 0, 0, 0]
    rgb, alpha = pixels[..., :3], pixels[..., 3:]
    assert np.abs(rgb - alpha * np.array([250, 120, 30]) / 255).max() <= 3


def test_palettes_and_grey_are_read(package: Path) -> None:
    folder = package / "package" / "img" / "google" / "64"
    (folder / "1f333.png").write_bytes(png(mode="LA"))
    (folder / "1f3c3.png").write_bytes(png(mode="P"))
    found = images.read(package, "all", 64)
    assert found.pixels.shape[-1] == 4 and not found.dropped.keys() - {"not in emoji.json"}


def test_channels(package: Path) -> None:
    corner, middle = (0, 0), (32, 32)
    rgb = images.read(package, "all", 64, 3).pixels[0]
    assert rgb[corner].tolist() == [255, 255, 255] and rgb[middle].tolist() == [250, 120, 30]
    grey = images.read(package, "all", 64, 1).pixels[0]
    assert grey[corner].tolist() == [255] and grey[middle].tolist() == [149]  # 0.299 x 250 + 0.587 x 120 + 0.114 x 30


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1f3c3", "1f3c3-1f3ff-200d-2640-fe0f-200d-27a1-fe0f"),
        ("1f468-200d-1f33e", "1f469-1f3fb-200d-1f33e"),
        ("1f46b", "1f469-1f3fb-200d-1f91d-200d-1f468-1f3fc"),
        ("1f91d", "1faf1-1f3fb-200d-1faf2-1f3ff"),
        ("0023-fe0f-20e3", "23-20E3"),
        ("1F468-200D-2764-FE0F-200D-1F468", "1f491"),
        ("1f466", "1f9d2-1f3fd"),
        ("1f46a", "1f468-200d-1f469-200d-1f466"),
        ("1f1fa-1f1f2", "1f1fa-1f1f8"),
    ],
)
def test_variants_have_the_same_subject(first: str, second: str) -> None:
    assert emoji.subject_of(first) == emoji.subject_of(second)


def test_other_emoji_have_other_subjects() -> None:
    stems = ["1f600", "1f601", "1f3c3", "1f3c4", "1f468-200d-1f33e", "1f468-200d-1f373", "1f1e9-1f1ea", "1f1e9-1f1f0", "31-20e3", "32-20e3"]
    assert len({emoji.subject_of(stem) for stem in stems}) == len(stems)


def test_splits_keep_subjects_together(tmp_path: Path) -> None:
    for code in range(0x1F400, 0x1F440):
        for tone in ("", "-1f3fb", "-1f3ff"):
            (tmp_path / f"{code:x}{tone}.png").write_bytes(png(size=8))
    train, val, whole = (images.read(tmp_path, split, 8) for split in images.SPLITS)
    assert len(train) + len(val) == len(whole) == 3 * 64 and 0 < len(val) < len(whole) / 4
    assert not {name[:5] for name in train.names} & {name[:5] for name in val.names}
    assert not set(train.names) & set(val.names)


def test_other_images_are_not_emoji(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number:04}.png").write_bytes(png(size=8))
    assert not emoji.is_here(tmp_path), "numbered images are not code points"
    with pytest.raises(DataError, match=r"no images named by code points, such as 1f600\.png"):
        emoji.read(tmp_path, "all", 8)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00cut short"])
def test_a_broken_archive(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "emoji.tgz"
    archive.write_bytes(content)
    with pytest.raises(DataError, match=r"emoji\.tgz: cannot be read"):
        emoji.read(archive, "all", 8)


def test_a_cut_archive(package: Path) -> None:
    archive = as_tgz(package)
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(DataError, match="cannot be read"):
        emoji.read(archive, "all", 8)


def test_one_of_several_folders(tmp_path: Path) -> None:
    """Colour rather than black, and the most images rather than a few."""
    for path in ("black/1f600.png", "color/1f600.png", "color/1f601.png", "black/1f601.png", "extra/1f602.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(png((255, 0, 0, 255) if "color" in path else (0, 0, 0, 255)))
    found = images.read(tmp_path, "all", 64)
    assert found.names == ("1f600.png", "1f601.png") and found.pixels[0, 32, 32].tolist() == [255, 0, 0, 255]


def test_a_broken_emoji_json(package: Path) -> None:
    (package / "package" / "emoji.json").write_text('[{"unified": "1F333"}]')
    with pytest.raises(DataError, match=r"emoji\.json is not"):
        images.read(package, "all", 8)


def test_origin(package: Path) -> None:
    assert images.origin(package).license == "Apache-2.0 (Noto Emoji)"
    assert images.origin(as_tgz(package)).name == "emoji (google)"
