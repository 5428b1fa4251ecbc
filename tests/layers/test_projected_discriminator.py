"""The projected discriminator: its norms, its statistics, what learns and what does not."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras
from keras import ops

from mediakit.layers import projected_discriminator as module
from mediakit.layers.projected_discriminator import GroupedBatchNormalization, SpectralConv, as_rgb_bytes, projected_discriminator

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def discriminator():
    keras.utils.set_random_seed(1)
    return projected_discriminator(32, (16, 16, 4), 3, 2, imagenet=False)


def test_a_kernel_is_divided_by_its_largest_singular_value():
    layer = SpectralConv(6, 3, iterations=100)
    x = normal(2, 8, 8, 5)
    layer.build(x.shape)
    layer.kernel.assign(normal(3, 3, 5, 6))
    layer.bias.assign(normal(6))
    norm = np.linalg.svd(np.reshape(layer.kernel, (-1, 6)), compute_uv=False)[0]
    wanted = ops.conv(x, layer.kernel / norm, padding="same") + layer.bias
    np.testing.assert_allclose(layer(x), wanted, atol=1e-4)


@pytest.mark.parametrize(("size", "strides", "side"), [(3, 1, 8), (4, 2, 4)])
def test_the_shape_of_a_convolution_is_what_it_says(size, strides, side):
    layer = SpectralConv(6, size, strides)
    assert layer(normal(2, 8, 8, 5)).shape == layer.compute_output_shape((2, 8, 8, 5)) == (2, side, side, 6)


def test_a_group_of_real_and_generated_images_shares_its_statistics():
    layer = GroupedBatchNormalization(2)
    x = 3 * normal(8, 4, 4, 5) + 1  # groups of four real images: 0 and 2, 1 and 3; of generated ones: 4 and 6, 5 and 7
    got = np.asarray(layer(x))
    for group in ([0, 2, 4, 6], [1, 3, 5, 7]):
        chosen = x[group]
        wanted = (chosen - chosen.mean(axis=(0, 1, 2))) / np.sqrt(chosen.var(axis=(0, 1, 2)) + 1e-5)
        np.testing.assert_allclose(got[group], wanted, atol=1e-4)


def test_a_batch_that_cannot_be_divided_is_one_group():
    x = normal(6, 2, 2, 3)
    np.testing.assert_allclose(np.mean(GroupedBatchNormalization(2)(x), axis=(0, 1, 2)), 0, atol=1e-5)


def test_images_become_rgb_on_white():
    image = np.array([-1, 0, 1, 0], np.float32)  # premultiplied: red 0, green half, blue 1 of alpha half
    np.testing.assert_allclose(as_rgb_bytes(ops.convert_to_tensor(image[None, None, None]))[0, 0, 0], [127.5, 255, 382.5])
    np.testing.assert_allclose(as_rgb_bytes(ops.ones((1, 1, 1, 1)))[0, 0, 0], [255] * 3)


def test_logits_of_either_kind_and_of_every_scale(discriminator):
    real, generated = discriminator([normal(4, 16, 16, 4), normal(4, 16, 16, 4), np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]])
    assert real.shape == generated.shape == (4, 4 * 4 + 4 * 4 + 2 * 2 + 1)
    assert np.std(real) > 1e-3


def test_what_learns_are_the_small_discriminators(discriminator):
    paths = [variable.path for variable in discriminator.trainable_variables]
    assert paths and all(path.startswith("stride_") for path in paths)
    frozen = sum(int(np.prod(variable.shape)) for variable in discriminator.non_trainable_variables)
    assert frozen > 3_000_000


def test_classes_are_told_apart(discriminator):
    images = normal(4, 16, 16, 4)
    said = [np.asarray(discriminator([images, images, np.eye(3, dtype=np.float32)[[i] * 4]])[0]) for i in range(2)]
    assert np.abs(said[0] - said[1]).max() > 1e-3


def test_real_and_generated_images_of_another_mean_are_told_apart_by_the_statistics():
    layer = GroupedBatchNormalization(2)
    x = np.concatenate([normal(2, 4, 4, 3), normal(2, 4, 4, 3) + 2])
    got = np.asarray(layer(x))
    assert got[2:].mean() - got[:2].mean() > 1


def test_a_map_is_halved_until_it_is_small(monkeypatch):
    inputs = keras.Input((16, 16, 8))
    assert keras.Model(inputs, module.judged(inputs, [], 2, "stride_x")).output.shape == (None, 16)
    monkeypatch.setattr(module, "SMALLEST", 8)
    assert keras.Model(inputs, module.judged(inputs, [], 2, "stride_y")).output.shape == (None, 64)
