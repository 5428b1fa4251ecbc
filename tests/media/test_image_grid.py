"""Contact sheets."""

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.image_grid import GAP, grid, neighbours

RED, CLEAR = (200, 10, 20, 255), (0, 255, 0, 0)


def tile(colour: tuple[int, ...], height: int = 8, width: int = 8) -> np.ndarray:
    """An image of one colour."""
    return np.full((height, width, len(colour)), colour, np.uint8)


def test_rows_in_order() -> None:
    sheet = np.asarray(grid([tile((i, i, i)) for i in range(5)]))
    step = 8 + GAP
    assert sheet.shape == (GAP + 2 * step, GAP + 3 * step, 3)
    assert [sheet[GAP + i // 3 * step + 3, GAP + i % 3 * step + 3, 0] for i in range(6)] == [0, 1, 2, 3, 4, 255]
    assert (sheet[:GAP] == 255).all()


def test_all_kinds_of_images_on_one_sheet() -> None:
    sheet = np.asarray(grid([np.full((8, 8), 7, np.uint8), tile((9,)), tile(RED), tile((1, 2, 3), 4, 6)], columns=4))
    middles = [sheet[GAP + 4, GAP + 4 + i * (8 + GAP)].tolist() for i in range(4)]
    assert middles == [[7, 7, 7], [9, 9, 9], [200, 10, 20], [1, 2, 3]]
    assert sheet[GAP + 1, GAP + 3 * (8 + GAP) + 4].tolist() == [255] * 3, "a smaller image is centred in its cell"


def test_backgrounds() -> None:
    half = tile((0, 0, 0, 128))
    inside = slice(GAP, GAP + 8)
    white, checks, none = (np.asarray(grid([half], background=background))[inside, inside] for background in ("white", "checks", None))
    assert set(white.ravel()) == {127}
    assert set(checks.ravel()) == {102, 127}
    assert none.shape[-1] == 4 and (none == half).all()
    assert np.asarray(grid([tile(CLEAR)], background=None))[0, 0, 3] == 0


@pytest.mark.parametrize("columns", [1, 2, 3, 9, 1000])
def test_no_more_columns_than_images(columns: int) -> None:
    assert grid([tile(RED)] * 3, columns).width == GAP + min(columns, 3) * (8 + GAP)


def test_errors() -> None:
    with pytest.raises(InputError, match="no images"):
        grid([])
    with pytest.raises(InputError, match="columns is 0"):
        grid([tile(RED)], 0)
    with pytest.raises(InputError, match="too large"):
        grid([np.zeros((1, 1), np.uint8), np.zeros((1, 50_000), np.uint8)] * 1000, 1000)


def test_neighbours_are_beside_their_image() -> None:
    images = [tile((i, 0, 0)) for i in (10, 20, 30)]
    near = [[tile((i, 100, 0)), tile((i, 200, 0))] for i in (11, 21, 31)]
    sheet = np.asarray(neighbours(images, near, np.array([[1.2, 3.4]] * 3), columns=2)).astype(int)
    found = [[tuple(pixel) for pixel in line if pixel[2] == 0] for line in sheet]
    rows = [list(dict.fromkeys(line)) for line in found if line]
    assert rows[0] == [(10, 0, 0), (11, 100, 0), (11, 200, 0), (20, 0, 0), (21, 100, 0), (21, 200, 0)]
    assert rows[-1] == [(30, 0, 0), (31, 100, 0), (31, 200, 0)]
    assert ((sheet.sum(axis=-1) < 300) & (sheet[..., 2] > 0)).any(), "distances are written"
    with pytest.raises(InputError, match="no images"):
        neighbours([], [], np.zeros((0, 0)))
