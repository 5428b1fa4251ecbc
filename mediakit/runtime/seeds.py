"""Seeds of random numbers: whole numbers of 32 bits, everywhere."""

from numbers import Integral
from typing import Any

from mediakit.errors import InputError

LAST_SEED = 2**32 - 1


def check_seed(seed: Any) -> int:
    """A seed as a plain int. Raises InputError for anything but a whole number from 0 to `LAST_SEED`."""
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= seed <= LAST_SEED:
        raise InputError(f"the seed is {seed!r}; seeds are whole numbers from 0 to {LAST_SEED}")
    return int(seed)
