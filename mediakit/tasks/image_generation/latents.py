"""Latents in files: points in the latent space of a generator that no seed stands for, such as that of a given image."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from mediakit.errors import InputError


@dataclass(frozen=True, eq=False)
class Latent:
    """A point in the latent space of a generator. It draws without noise, and goes where a seed goes.

    Attributes:
        codes: float32 `[layers, size]`, a code for each layer; see `generators`.
        network: sha256 of the network that draws it, the only one to which the codes mean something.
        name: what results call it: the name of its file.
    """

    codes: np.ndarray
    network: str
    name: str = "latent"

    def write(self, file: IO[bytes]) -> None:
        """Write it as a NumPy archive."""
        np.savez_compressed(file, codes=self.codes, network=np.array(self.network))


def read_latent(path: Path) -> Latent:
    """Read what `Latent.write` wrote. Raises InputError for any other file."""
    try:
        with np.load(path) as arrays:
            codes, network = arrays["codes"], str(arrays["network"])
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or 'not a latent, which `synthesize --project` writes'}") from error
    except Exception as error:  # NumPy and zipfile raise many kinds
        raise InputError(f"{path}: not a latent, which `synthesize --project` writes") from error
    if codes.ndim != 2 or codes.dtype != np.float32 or not np.isfinite(codes).all():
        raise InputError(f"{path}: not a latent: expected finite float32 codes [layers, size]")
    return Latent(codes, network, str(path))
