"""What networks make of images: the features of one or two networks, and the probabilities of a classifier."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from mediakit.errors import ModelError
from mediakit.media.alpha import with_channels
from mediakit.runtime.evaluation import Progress
from mediakit.runtime.image_features import ImageFeatures
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.pipeline import results_of
from mediakit.tasks import task_of

FIRST, SECOND = "", "second_"  # begin the names of the metrics by the features of the first and of the second network
BLOCK = 256  # images that one network takes before the next one does


@dataclass(frozen=True)
class Measured:
    """What networks make of a set of images.

    Attributes:
        features: float32 `[images, dimensions]` of each network, by what begins the names of its metrics.
        probabilities: float `[images, classes]`, sorted as the classifier's classes; None without a classifier.
    """

    features: dict[str, np.ndarray]
    probabilities: np.ndarray | None

    def __getitem__(self, chosen: np.ndarray) -> "Measured":
        """That of some of the images: a mask or indices."""
        features = {network: found[chosen] for network, found in self.features.items()}
        return Measured(features, None if self.probabilities is None else self.probabilities[chosen])


class Networks:
    """EfficientNet-Lite0 and, if they are given, a second network and a classifier.

    Args:
        second: the LiteRT file of a second network for features, see `ImageFeatures`.
        classifier: a shipped model of the task classification, or its folder.

    Attributes:
        names: of the networks, by option.
        classes: the names of the classifier's classes; empty without one.

    Raises ModelError for files that are no such networks.
    """

    def __init__(self, second: str | None = None, classifier: str | None = None):
        self._features = {FIRST: ImageFeatures()} | ({} if second is None else {SECOND: ImageFeatures(second)})
        self._classifier: Any = None if classifier is None else _classifier(classifier)
        self.names = {f"{prefix}features": network.name for prefix, network in self._features.items()}
        self.classes: tuple[str, ...] = ()
        if self._classifier:
            self.names["classifier"] = self._classifier.folder.name
            self.classes = tuple(self._classifier.classes)

    def __call__(self, images: Iterable[np.ndarray], progress: Progress) -> Measured:
        """What they make of images uint8 `[height, width, channels]`, as in an ImageSet; `progress` wraps their stream."""
        features: dict[str, list[np.ndarray]] = {prefix: [] for prefix in self._features}
        probabilities = []
        coming = iter(progress(images))
        while block := list(islice(coming, BLOCK)):
            for prefix, network in self._features.items():
                features[prefix].append(network(block))
            if self._classifier:
                probabilities.append(self._probabilities(block))
        joined = {prefix: np.concatenate(found) for prefix, found in features.items()}
        return Measured(joined, np.concatenate(probabilities) if self._classifier else None)

    def _probabilities(self, images: list[np.ndarray]) -> np.ndarray:
        place = {name: i for i, name in enumerate(self.classes)}
        found = np.zeros((len(images), len(place)))
        opaque = [with_channels(image, 3) for image in images]
        for row, result in zip(found, results_of(self._classifier.stream(opaque, top=len(place))), strict=True):
            for label in result.labels:
                row[place[label.name]] = label.probability
        return found


def _classifier(model: str) -> Any:
    """The pipeline of a classifier."""
    folder = open_folder(model)
    if folder.task != "classification":
        raise ModelError(f"{model}: is a model of the task {folder.task}, not of classification")
    return task_of(folder).load(folder)
