"""One rule for every seed."""

import numpy as np
import pytest

import mediakit
from mediakit.errors import InputError
from mediakit.runtime.decoding import DecodingOptions
from mediakit.runtime.seeds import LAST_SEED, check_seed


@pytest.mark.parametrize("seed", [0, 7, LAST_SEED, np.int64(7), np.uint32(LAST_SEED)])
def test_whole_numbers_of_32_bits_are_seeds(seed):
    assert check_seed(seed) == int(seed) and type(check_seed(seed)) is int


@pytest.mark.parametrize("seed", [-1, LAST_SEED + 1, "7", 7.0, None, np.float32(7)])
def test_anything_else_is_refused(seed):
    with pytest.raises(InputError, match="seeds are whole numbers from 0 to 4294967295"):
        check_seed(seed)
    with pytest.raises(InputError, match="the seed is"):
        DecodingOptions(start=0, end=1, max_length=3, seed=seed)


@pytest.mark.parametrize("name", ["music/jsb", "style_gan/emoji"])
@pytest.mark.parametrize("seed", ["7", -1, LAST_SEED + 1])
def test_pipelines_of_seeds(name, seed):
    with pytest.raises(InputError, match="the seed is"):
        mediakit.load(name)(seed)
    with pytest.raises(InputError, match="no option 'seed'"):
        mediakit.load(name)(seed=seed)
    with pytest.raises(InputError, match="nothing to work on"):
        mediakit.load(name)()
