"""Generator networks: a style-based generator of two networks, and a plain generator of one.

Both turn a latent into a *code*, and codes into an image. The code of a style-based generator is a style, relative to the mean
style, and each of its layers may have a different one. The code of a plain generator is the latent itself, and it has one layer.
"""

from typing import Protocol

import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network


class Generator(Protocol):
    """A network that generates images.

    `latent` and `noise` are the sizes of an image's normally distributed latent and noise. `layers` is the number of layers that
    take a code. `classes` is the number of classes that can be asked for, 0 for an unconditional generator. `shape` is the image's
    `(height, width, channels)`. `from_mean` says whether the zero code is the mean image, so that truncation applies. `drawn_by` is
    the name of the network that turns codes into images.
    """

    latent: int
    noise: int
    layers: int
    classes: int
    shape: tuple[int, int, int]
    from_mean: bool
    drawn_by: str

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The code float32 `[size]` of a latent float32 `[latent]`; `label` is the class index, if there are classes."""

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """An image float32 `[height, width, channels]` in -1..1 from codes float32 `[layers, size]` and noise float32 `[noise]`."""


class StyleGenerator:
    """The networks `mapping` and `synthesis` of a model folder (StyleGAN; Karras et al. 2019, section 2)."""

    from_mean, drawn_by = True, "synthesis"

    def __init__(self, folder: ModelFolder):
        self._mapping, self._synthesis = folder.network("mapping"), folder.network("synthesis")
        mapping, synthesis = _shapes(self._mapping), _shapes(self._synthesis)
        self.latent = _single(folder, mapping, "latent", 2)[1]
        self.classes = mapping["label"][1] if "label" in mapping else 0
        _, self.layers, size = _single(folder, synthesis, "styles", 3)
        self.noise = _single(folder, synthesis, "noise", 2)[1]
        self.shape = _image_shape(folder, self._synthesis)
        if _single(folder, _shapes(self._mapping, "outputs"), "style", 2)[1] != size:
            raise ModelError(f"{folder.path}: the networks mapping and synthesis do not belong together; install the model again")

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The style of a latent."""
        inputs = {"latent": latent[None]}
        if label is not None:
            inputs["label"] = np.eye(1, self.classes, label, dtype=np.float32)
        return self._mapping(**inputs)["style"][0]

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The image for each layer's style."""
        return self._synthesis(styles=codes[None], noise=noise[None])["picture"][0]


class PlainGenerator:
    """The network `generator` of a model folder (a DCGAN; Radford et al. 2015)."""

    from_mean, drawn_by = False, "generator"
    noise, layers, classes = 0, 1, 0

    def __init__(self, folder: ModelFolder):
        self._generator = folder.network("generator")
        self.latent = _single(folder, _shapes(self._generator), "latent", 2)[1]
        self.shape = _image_shape(folder, self._generator)

    def code(self, latent: np.ndarray, label: int | None) -> np.ndarray:
        """The latent itself."""
        return latent

    def draw(self, codes: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The image for a latent."""
        return self._generator(latent=codes)["picture"][0]


def open_generator(folder: ModelFolder) -> Generator:
    """The generator in a model folder, of either kind. Raises ModelError when its networks have unexpected tensors."""
    return PlainGenerator(folder) if "generator" in folder.manifest["networks"] else StyleGenerator(folder)


def _shapes(network: Network, kind: str = "inputs") -> dict[str, tuple[int, ...]]:
    return {tensor["name"]: tuple(tensor["shape"]) for tensor in getattr(network, kind)}


def _single(folder: ModelFolder, shapes: dict[str, tuple[int, ...]], name: str, rank: int) -> tuple[int, ...]:
    """A tensor's shape, which must have `rank` dimensions, the first of them 1."""
    shape = shapes.get(name, ())
    if len(shape) != rank or shape[0] != 1 or None in shape:
        raise ModelError(f"{folder.path}: expected a tensor {name} of {rank} dimensions, the first 1; install the model again")
    return shape


def _image_shape(folder: ModelFolder, network: Network) -> tuple[int, int, int]:
    _, height, width, channels = _single(folder, _shapes(network, "outputs"), "picture", 4)
    if channels not in (1, 3, 4):
        raise ModelError(f"{folder.path}: its images have {channels} channels; expected 1, 3 or 4")
    return height, width, channels
