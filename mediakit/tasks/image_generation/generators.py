"""Networks that draw pictures from random numbers: a style generator in two networks, a plain one in one.

Either turns a latent into a *code*, and codes into a picture. A style generator's code is a style, measured from the mean style,
and each of its layers may be given another one; a plain generator's code is the latent itself, and it has one layer.
"""

from typing import Protocol

import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network


class Generator(Protocol):
    """What draws.

    `latent` and `noise` are the numbers that a picture wants, drawn from a normal distribution; `layers` is how many take a code;
    `classes` how many kinds of pictures it can be asked for, 0 for one that cannot; `from_mean` whether a code of zeros is the mean
    picture, so that codes near it are safer (truncation).
    """

    latent: int
    noise: int
    layers: int
    classes: int
    shape: tuple[int, int, int]
    from_mean: bool

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The code float32 `[size]` of a latent float32 `[latent]`; `label` is a class, where there are classes."""

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """A picture float32 `[size, size, channels]`, -1 to 1, of codes float32 `[layers, size]` and noise float32 `[noise]`."""


class StyleGenerator:
    """The networks `mapping` and `synthesis` of a model folder (StyleGAN; Karras et al. 2019, section 2)."""

    from_mean = True

    def __init__(self, folder: ModelFolder):
        self._mapping, self._synthesis = folder.network("mapping"), folder.network("synthesis")
        given, drawn = _shapes(self._mapping), _shapes(self._synthesis)
        self.latent = _one(folder, given, "latent", 2)[1]
        self.classes = given["label"][1] if "label" in given else 0
        _, self.layers, size = _one(folder, drawn, "styles", 3)
        self.noise = _one(folder, drawn, "noise", 2)[1]
        self.shape = _picture_shape(folder, self._synthesis)
        if _one(folder, _shapes(self._mapping, "outputs"), "style", 2)[1] != size:
            raise ModelError(f"{folder.path}: its networks mapping and synthesis don't belong together; install the model again")

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The style of a latent."""
        given = {"latent": latent[None]}
        if label is not None:
            given["label"] = np.eye(1, self.classes, label, dtype=np.float32)
        return self._mapping(**given)["style"][0]

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The picture of each layer's style."""
        return self._synthesis(styles=codes[None], noise=noise[None])["picture"][0]


class PlainGenerator:
    """The network `generator` of a model folder (a DCGAN; Radford et al. 2015)."""

    from_mean = False
    noise, layers, classes = 0, 1, 0

    def __init__(self, folder: ModelFolder):
        self._generator = folder.network("generator")
        self.latent = _one(folder, _shapes(self._generator), "latent", 2)[1]
        self.shape = _picture_shape(folder, self._generator)

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The latent."""
        return latent

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The picture of a latent."""
        return self._generator(latent=codes)["picture"][0]


def open_generator(folder: ModelFolder) -> Generator:
    """The networks of a model folder, whichever they are."""
    return PlainGenerator(folder) if "generator" in folder.manifest["networks"] else StyleGenerator(folder)


def _shapes(network: Network, kind: str = "inputs") -> dict[str, tuple[int, ...]]:
    return {tensor["name"]: tuple(tensor["shape"]) for tensor in getattr(network, kind)}


def _one(folder: ModelFolder, shapes: dict[str, tuple[int, ...]], name: str, rank: int) -> tuple[int, ...]:
    """A tensor's shape, which must have so many dimensions, the first of them 1."""
    shape = shapes.get(name, ())
    if len(shape) != rank or shape[0] != 1 or None in shape:
        raise ModelError(f"{folder.path}: its networks want a tensor {name} of {rank} dimensions, the first 1; install the model again")
    return shape


def _picture_shape(folder: ModelFolder, network: Network) -> tuple[int, int, int]:
    _, height, width, channels = _one(folder, _shapes(network, "outputs"), "picture", 4)
    if channels not in (1, 3, 4):
        raise ModelError(f"{folder.path}: its pictures have {channels} channels; wanted 1, 3 or 4")
    return height, width, channels
