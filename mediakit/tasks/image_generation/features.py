"""What a network sees in pictures, for distances between sets of them."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mediakit.datasets.images import with_channels
from mediakit.errors import ModelError
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.network import Network, open_network
from mediakit.runtime.workers import Pool, in_order

_MODEL = "trailer_genre"  # its encoder is EfficientNet-Lite0 as ImageNet left it
_CHANNELS = 1280  # of its last stage, whose means and then deviations are the last of its features


class PictureFeatures:
    """Pictures to features, on all processors.

    Args:
        network: a LiteRT file of one picture in (float32 in 0..255, or uint8, `[1, height, width, 3]`) and one vector out, such as
            Inception's pool; by default EfficientNet-Lite0's last stage, the mean over the picture (Tan and Le 2019; ImageNet).
        threads: pictures looked at side by side; by default one for each processor, at most four.

    `name` says whose features these are: their distances compare with no others.
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

    def __call__(self, pictures: Iterable[np.ndarray], progress: Callable[[Any], Any] = iter) -> np.ndarray:
        """Features float32 `[pictures, dimensions]`.

        Args:
            pictures: uint8 `[height, width, channels]` each as in an ImageSet; transparent parts are seen on white.
            progress: wraps the stream of pictures.
        """
        return np.stack([features for _, features in progress(in_order(self._look, pictures, self.threads))])

    def _look(self, picture: np.ndarray) -> np.ndarray:
        with self._networks.one() as network:
            [tensor], [output] = network.inputs, network.outputs
            height, width = tensor["shape"][1:3]
            enlarged = Image.fromarray(np.ascontiguousarray(with_channels(picture, 3))).resize((width, height), Image.Resampling.BICUBIC)
            seen = network(**{tensor["name"]: np.asarray(enlarged, tensor["dtype"])[None]})
            return seen[output["name"]].reshape(-1)[self._kept]


def _check(network: Network) -> None:
    takes = [(tensor["dtype"], list(tensor["shape"])) for tensor in network.inputs]
    one = len(takes) == len(network.outputs) == 1 and takes[0][0] in ("float32", "uint8")
    if not (one and len(takes[0][1]) == 4 and takes[0][1][3] == 3 and all(takes[0][1][1:])):
        wanted = "one picture [1, height, width, 3], float32 or uint8, and gives one vector"
        raise ModelError(f"{network.path}: gives no features: wanted a network that takes {wanted}")
