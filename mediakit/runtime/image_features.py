"""Features of images from a convolutional network, for distances between sets of images."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mediakit.errors import ModelError
from mediakit.media.alpha import with_channels
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.network import Network, open_network
from mediakit.runtime.workers import Pool, in_order

_MODEL = "trailer_genre"  # its encoder is EfficientNet-Lite0 with ImageNet's weights
_CHANNELS = 1280  # of the last stage; its means and then its deviations end the encoder's features


class ImageFeatures:
    """Computes features of images, several images at a time.

    Args:
        network: a LiteRT file that takes one image (float32 in 0..255, or uint8, `[1, height, width, 3]`) and returns one vector, such
            as Inception's pooled features; by default the mean of EfficientNet-Lite0's last stage (Tan and Le 2019; ImageNet).
        threads: images processed at once; by default one for each processor, at most four.

    `name` is the network's: distances compare only with those from the same network.
    """

    def __init__(self, network: str | os.PathLike[str] | None = None, threads: int | None = None):
        self.threads = threads
        if network is None:
            self.name, self._kept = "EfficientNet-Lite0", slice(-2 * _CHANNELS, -_CHANNELS)
            make: Callable[[], Network] = partial(open_folder(_MODEL).network, "encoder")
        else:
            self.name, self._kept = Path(network).name, slice(None)
            make = partial(open_network, Path(network))
        self._networks = Pool(make)
        with self._networks.one() as example:
            _check(example)

    def __call__(self, images: Iterable[np.ndarray], progress: Callable[[Any], Any] = iter) -> np.ndarray:
        """Features float32 `[images, dimensions]`.

        Args:
            images: uint8 `[height, width, channels]` each, as in an ImageSet; transparent parts become white.
            progress: wraps the stream of images.
        """
        return np.stack([features for _, features in progress(in_order(self._features, images, self.threads))])

    def _features(self, image: np.ndarray) -> np.ndarray:
        with self._networks.one() as network:
            [tensor], [output] = network.inputs, network.outputs
            height, width = tensor["shape"][1:3]
            enlarged = Image.fromarray(np.ascontiguousarray(with_channels(image, 3))).resize((width, height), Image.Resampling.BICUBIC)
            outputs = network(**{tensor["name"]: np.asarray(enlarged, tensor["dtype"])[None]})
            return outputs[output["name"]].reshape(-1)[self._kept]


def _check(network: Network) -> None:
    inputs = [(tensor["dtype"], list(tensor["shape"])) for tensor in network.inputs]
    one = len(inputs) == len(network.outputs) == 1 and inputs[0][0] in ("float32", "uint8")
    if not (one and len(inputs[0][1]) == 4 and inputs[0][1][3] == 3 and all(inputs[0][1][1:])):
        wanted = "one image [1, height, width, 3], float32 or uint8, and returns one vector"
        raise ModelError(f"{network.path}: not a feature network: wanted one that takes {wanted}")
