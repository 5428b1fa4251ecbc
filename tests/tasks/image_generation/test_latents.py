"""Latents in files."""

from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.tasks.image_generation.latents import Latent, read_latent


def test_what_is_written_is_read(tmp_path: Path) -> None:
    codes = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    path = tmp_path / "a.npz"
    with path.open("wb") as file:
        Latent(codes, "0123").write(file)
    read = read_latent(path)
    assert np.array_equal(read.codes, codes) and (read.network, read.name) == ("0123", str(path))


@pytest.mark.parametrize(
    "arrays",
    [
        {"codes": np.zeros((4, 3), np.float32)},
        {"codes": np.zeros((4, 3)), "network": np.array("a")},
        {"codes": np.zeros(4, np.float32), "network": np.array("a")},
        {"codes": np.full((4, 3), np.nan, np.float32), "network": np.array("a")},
        {"codes": np.array([{}], object), "network": np.array("a")},
    ],
)
def test_other_archives(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=r"a\.npz: not a latent"):
        read_latent(tmp_path / "a.npz")


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    for name in ("text.npz", "empty.npz", "array.npz"):
        with pytest.raises(InputError, match="not a latent, which `synthesize --project` writes"):
            read_latent(tmp_path / name)
    with pytest.raises(InputError, match="no such file"):
        read_latent(tmp_path / "none.npz")
    with pytest.raises(InputError, match="cannot be read"):
        read_latent(tmp_path)
