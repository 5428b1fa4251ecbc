"""The image classifier's networks."""

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets.images import ImageSet
from mediakit.datasets.origin import own_data
from mediakit.errors import DataError
from mediakit.recipes import image_classifier as recipe


def data(tmp_path, size=32, classes=("a", "b", "c")):
    pixels = np.random.default_rng(0).integers(0, 256, (6, size, size, 3)).astype(np.uint8)
    images = ImageSet(pixels, np.arange(6, dtype=np.int32) % 3, classes, ("",) * 6)
    return recipe.Data(images, images, own_data(tmp_path, "images"))


@pytest.mark.parametrize("pooling", ["max", "average", "stride"])
@pytest.mark.parametrize(("padding", "side"), [("same", 4), ("valid", 0)])
def test_the_cnn_halves_the_resolution_in_each_stage(tmp_path, pooling, padding, side):
    config = recipe.Config(network="cnn", size=32 if side else 48, filters=4, pooling=pooling, padding=padding)
    model = recipe.build(config, data(tmp_path, config.size))
    assert model.output_shape == (None, 3)
    before_pooling = model.get_layer("pool").input.shape
    assert before_pooling[-1] == 16 and (before_pooling[1] == side or not side)


def test_the_first_blocks_of_efficientnet(tmp_path):
    config = recipe.Config(size=32, imagenet=False, blocks=11)
    model = recipe.build(config, data(tmp_path))
    assert model.get_layer("pool").input.shape == (None, 2, 2, 112) and model.count_params() < 1e6


def test_imagenets_classifier_needs_its_classes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for i in range(3):
            Image.new("RGB", (8, 8), (40 * i, 0, 0)).save(tmp_path / name / f"{i}.png")
    with pytest.raises(DataError, match="has 2 classes; the classifier of ImageNet needs its 1,000"):
        recipe.read(recipe.Config(classifier="imagenet", size=8), tmp_path)
