"""Generator networks, and folders whose networks do not match."""

import json

import numpy as np
import pytest

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import open_folder
from mediakit.tasks.image_generation.generators import PlainGenerator, StyleGenerator, open_generator


def test_a_style_generator_takes_a_code_for_each_layer(tiny_style_gan):
    generator = open_generator(open_folder(tiny_style_gan))
    assert isinstance(generator, StyleGenerator) and generator.from_mean
    assert (generator.latent, generator.noise, generator.layers, generator.classes, generator.shape) == (4, 64, 4, 3, (8, 8, 4))
    code = generator.code(np.zeros(4, np.float32), 1)
    np.testing.assert_allclose(code, [-3, 3, -3], atol=1e-5)
    image = generator.draw(np.stack([code] * 4), np.zeros(64, np.float32))
    assert image.shape == (8, 8, 4) and image[4, 4].argmax() in (1, 3) and image[0, 0, 3] < -0.9


def test_a_plain_generator_takes_the_latent_itself(tiny_dcgan):
    generator = open_generator(open_folder(tiny_dcgan))
    assert isinstance(generator, PlainGenerator) and not generator.from_mean and generator.layers == 1
    latent = np.array([-1, 0, 1, 2], np.float32)
    assert generator.code(latent, None) is latent
    np.testing.assert_allclose(generator.draw(latent[None], np.zeros(0, np.float32))[::4, ::4, 0].ravel(), np.tanh(latent), atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "name", "shape", "why"),
    [
        ("outputs", "picture", [1, 8, 8, 2], "2 channels"),
        ("outputs", "picture", [None, 8, 8, 4], "picture of 4 dimensions, the first 1"),
        ("inputs", "styles", [1, 4, 5], "do not belong together"),
        ("inputs", "noise", [1, 8, 8], "noise of 2 dimensions"),
    ],
)
def test_a_manifest_with_other_networks_is_refused(tiny_style_gan, kind, name, shape, why):
    manifest = json.loads((tiny_style_gan / "manifest.json").read_text())
    [tensor] = [tensor for tensor in manifest["networks"]["synthesis"][kind] if tensor["name"] == name]
    tensor["shape"] = shape
    (tiny_style_gan / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=why):
        open_generator(open_folder(tiny_style_gan))
