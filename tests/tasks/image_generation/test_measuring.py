"""What networks make of images, with a real classifier."""

from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import ModelError
from mediakit.tasks.image_generation import measuring
from mediakit.tasks.image_generation.measuring import Networks


def test_probabilities_are_in_the_order_of_the_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of premultiplied images too: a bag on nothing is a bag on white."""
    monkeypatch.setattr(measuring, "BLOCK", 2)
    networks = Networks(classifier="classification/fashion")
    assert networks.names == {"features": "EfficientNet-Lite0", "classifier": "classification/fashion"}
    opaque = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 1), np.uint8)
    known = networks(opaque, iter)
    assert known.features[""].shape == (3, 1280) and known.probabilities is not None
    assert known.probabilities.shape == (3, 10) and np.allclose(known.probabilities.sum(axis=1), 1, atol=1e-3)
    coloured = np.concatenate([np.repeat(opaque, 3, axis=-1), np.full_like(opaque, 255)], axis=-1)
    assert np.allclose(networks(coloured, iter).probabilities, known.probabilities, atol=1e-6)
    some = known[np.array([False, True, False])]
    assert some.probabilities is not None and np.array_equal(some.probabilities, known.probabilities[1:2])


def test_a_model_of_another_task_is_no_classifier(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="sentiment/en: is a model of the task sentiment, not of classification"):
        Networks(classifier="sentiment/en")
