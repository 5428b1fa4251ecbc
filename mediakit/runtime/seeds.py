"""Seeds of random numbers: whole numbers of 32 bits, everywhere."""

from operator import index
from typing import Any

from mediakit.errors import InputError

LAST_SEED = 2**32 - 1


def check_seed(seed: Any) -> int:
    """A seed as a plain int. Raises InputError for anything but a whole number from 0 to `LAST_SEED`."""
    try:
        number = index(seed)
    except TypeError:
        number = -1
    if not 0 <= number <= LAST_SEED:
        raise InputError(f"the seed is {seed!r}; seeds are whole numbers from 0 to {LAST_SEED}")
    return number
