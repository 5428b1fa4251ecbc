"""The layers of StyleGAN2, checked against direct computations of what the paper describes."""

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="layers need the extra train")
import keras
from keras import ops

from mediakit.layers.style_gan import (
    EqualizedConv,
    EqualizedDense,
    LearnedConstant,
    MinibatchDeviation,
    ModulatedConv,
    NoisyBias,
    rectified,
    unit_length,
)

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def plain_convolution(image, kernel):
    """The valid correlation of one image with a kernel of any size."""
    height, width = (size - taps + 1 for size, taps in zip(image.shape[:2], kernel.shape[:2], strict=True))
    result = np.zeros((height, width, kernel.shape[3]))
    for y in range(height):
        for x in range(width):
            result[y, x] = np.einsum("ijc,ijcd->d", image[y : y + kernel.shape[0], x : x + kernel.shape[1]], kernel)
    return result


def padded(image, before, after=None):
    after = before if after is None else after
    return np.pad(image, ((before, after), (before, after), (0, 0)))


def smooth(image, taps=(1, 3, 3, 1)):
    """Each channel filtered along both axes, without padding."""
    filter_ = np.outer(taps, taps) / np.sum(taps) ** 2
    return np.concatenate([plain_convolution(image[..., c : c + 1], filter_[..., None, None]) for c in range(image.shape[-1])], axis=-1)


def test_equalized_dense_has_unit_variance_at_any_learning_rate():
    keras.utils.set_random_seed(1)
    x = normal(4000, 64)
    for rate in (1.0, 0.01):
        layer = EqualizedDense(8, gain=2.0, rate=rate)
        assert np.std(layer(x)) == pytest.approx(2.0, rel=0.1)
        assert np.std(layer.kernel) == pytest.approx(1 / rate, rel=0.1)


def test_equalized_dense_starts_with_its_bias():
    layer = EqualizedDense(3, rate=0.1, bias=1.0)
    np.testing.assert_allclose(layer(np.zeros((2, 5), np.float32)), np.ones((2, 3)), rtol=1e-6)


@pytest.mark.parametrize("size", [1, 3])
def test_halving_filters_convolves_and_subsamples(size):
    image, layer = normal(8, 8, 2), EqualizedConv(3, size, gain=1.5, halve=True)
    got = layer(image[None])[0]
    kernel = np.asarray(layer.kernel) / np.sqrt(2 * size**2)
    pad = (size + 1) // 2
    expected = 1.5 * plain_convolution(smooth(padded(image, pad)), kernel)[::2, ::2]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_doubling_spreads_convolves_and_filters():
    image, style = normal(4, 4, 2), normal(1, 5)
    layer = ModulatedConv(3, 3, double=True, demodulate=False)
    got = layer(image[None], style)[0]
    spread = np.zeros((8, 8, 2))
    spread[::2, ::2] = image * np.asarray(layer.affine(style))[0]
    # A transposed convolution is a convolution of the spread image with the mirrored kernel; smoothing restores the brightness.
    kernel = np.asarray(layer.kernel)[::-1, ::-1] / np.sqrt(2 * 9)
    expected = 4 * smooth(plain_convolution(padded(spread, 3, 2), kernel))
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_modulated_convolution_equals_one_kernel_per_image():
    images, styles = normal(2, 5, 5, 4), normal(2, 6)
    layer = ModulatedConv(3, 3, gain=1.4)
    got = layer(images, styles)
    for image, style, one in zip(images, np.asarray(layer.affine(styles)), got, strict=True):
        kernel = np.asarray(layer.kernel) * style[:, None] / np.sqrt(4 * 9)
        kernel /= np.sqrt((kernel**2).sum(axis=(0, 1, 2)) + 1e-8)
        np.testing.assert_allclose(one, 1.4 * plain_convolution(padded(image, 1), kernel), atol=1e-5)


def test_noise_is_zero_initialised():
    layer, image, noise = NoisyBias(gain=2.0), normal(1, 2, 2, 3), normal(1, 2, 2, 1)
    np.testing.assert_allclose(layer(image, noise), image)
    layer.strength.assign(0.5)
    layer.bias.assign([1.0, 0.0, 0.0])
    np.testing.assert_allclose(layer(image, noise), image + noise + [2.0, 0.0, 0.0], rtol=1e-5, atol=1e-6)


def test_the_gain_before_a_rectifier_is_the_gain_after_it():
    x = normal(100)
    np.testing.assert_allclose(rectified(1.4 * x), 1.4 * np.asarray(rectified(x)), rtol=1e-5)


def test_minibatch_deviation_of_each_group():
    x = normal(8, 2, 2, 3)
    got = np.asarray(MinibatchDeviation(group=4)(x))
    np.testing.assert_array_equal(got[..., :3], x)
    for first in range(2):  # a group is every second image
        group = x[first::2]
        deviation = np.sqrt(group.var(axis=0) + 1e-8).mean()
        np.testing.assert_allclose(got[first::2, ..., 3], deviation, rtol=1e-5)


def test_a_batch_that_cannot_be_split_is_one_group():
    x = normal(5, 2, 2, 3)
    deviation = np.sqrt(x.var(axis=0) + 1e-8).mean()
    np.testing.assert_allclose(np.asarray(MinibatchDeviation(group=4)(x))[..., 3], deviation, rtol=1e-5)


def test_the_constant_is_the_same_for_all_images():
    layer = LearnedConstant(4, 3)
    got = np.asarray(layer(normal(2, 7)))
    assert got.shape == (2, 4, 4, 3)
    np.testing.assert_array_equal(got[0], got[1])


def test_unit_length():
    np.testing.assert_allclose(np.mean(np.square(unit_length(normal(3, 50) * 9)), axis=1), 1, rtol=1e-4)


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (EqualizedDense(3, 1.2, 0.5, 1.0), [(2, 4)]),
        (EqualizedConv(3, 3, 1.2, halve=True), [(2, 8, 8, 4)]),
        (ModulatedConv(3, 3, 1.2, double=True, use_bias=True, smoothing=(1, 1)), [(2, 4, 4, 4), (2, 5)]),
        (NoisyBias(1.4), [(2, 4, 4, 3), (2, 4, 4, 1)]),
        (LearnedConstant(4, 3), [(2, 5)]),
        (MinibatchDeviation(2), [(2, 4, 4, 3)]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else "",
)
def test_layers_survive_their_config_and_know_their_output_shape(layer, shapes):
    inputs = [normal(*shape) for shape in shapes]
    result = layer(*inputs)
    again = type(layer).from_config(layer.get_config())
    again(*inputs)
    again.set_weights(layer.get_weights())
    np.testing.assert_allclose(again(*inputs), result, rtol=1e-6)
    assert layer.compute_output_shape(*shapes) == tuple(ops.shape(result))
