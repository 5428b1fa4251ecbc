"""The layers of StyleGAN2 (Karras et al. 2020a, "Analyzing and Improving the Image Quality of StyleGAN").

All weights are initialised from a unit normal and scaled at run time, so that one learning rate suits all of them (equalised
learning rate, Karras et al. 2018, section 4.1). A layer's `gain` multiplies its output. Since a leaky rectifier commutes with
positive factors, the factor sqrt(2) that belongs after it is folded into the layer before it at no cost.

Images are `[batch, height, width, channels]`.
"""

import math

import keras
import numpy as np
from keras import ops

AFTER_RECTIFIER = math.sqrt(2.0)  # gain that preserves the variance through a leaky rectifier


def rectified(x):
    """A leaky rectifier with slope 0.2; its gain is in the layer before."""
    return ops.leaky_relu(x, 0.2)


@keras.saving.register_keras_serializable("mediakit")
class EqualizedDense(keras.layers.Layer):
    """`gain * (x @ kernel / sqrt(inputs) + bias)`, from `[batch, inputs]` to `[batch, units]`.

    Args:
        units: number of outputs.
        gain: factor of the output.
        rate: factor of the learning rate (0.01 in the mapping network, Karras et al. 2019, appendix C).
        bias: initial value of the bias.
    """

    def __init__(self, units: int, gain: float = 1.0, rate: float = 1.0, bias: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.gain, self.rate, self.initial_bias = units, gain, rate, bias

    def build(self, shape):
        """Create the weights."""
        self.scale = self.rate / math.sqrt(shape[-1])
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer=_normal(1 / self.rate))
        initial = keras.initializers.Constant(self.initial_bias / self.rate)
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=initial)

    def call(self, x):
        """See the class."""
        return ops.matmul(x, self.kernel * (self.scale * self.gain)) + self.bias * (self.rate * self.gain)

    def compute_output_shape(self, shape):
        """The last axis becomes `units`."""
        return (*shape[:-1], self.units)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "units": self.units, "gain": self.gain, "rate": self.rate, "bias": self.initial_bias}


class _Kernel(keras.layers.Layer):
    """The kernel of a convolution."""

    def __init__(self, filters: int, size: int, gain: float, smoothing: tuple[int, ...], **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size, self.gain, self.smoothing = filters, size, gain, tuple(smoothing)

    def build(self, shape):
        """Create the weights for the shape of the images."""
        shape = shape[0] if isinstance(shape[0], (tuple, list)) else shape
        self.inputs = shape[-1]
        self.scale = 1 / math.sqrt(self.inputs * self.size**2)
        self.kernel = self.add_weight(name="kernel", shape=(self.size, self.size, self.inputs, self.filters), initializer=_normal(1))

    def get_config(self):
        """The arguments."""
        own = {"filters": self.filters, "size": self.size, "gain": self.gain, "smoothing": self.smoothing}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("mediakit")
class EqualizedConv(_Kernel):
    """`gain * (convolution of x + bias)`; with `halve`, `x` is low-pass filtered and downsampled by two.

    Args:
        filters, size: number of filters and kernel size.
        gain: factor of the output.
        halve: whether to halve height and width.
        use_bias: whether to add a bias.
        smoothing: taps of the low-pass filter in each direction.
    """

    def __init__(self, filters, size=3, gain=1.0, halve=False, use_bias=True, smoothing=(1, 3, 3, 1), **kwargs):
        super().__init__(filters, size, gain, smoothing, **kwargs)
        self.halve, self.use_bias = halve, use_bias

    def build(self, shape):
        """Create the weights."""
        super().build(shape)
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        """See the class."""
        kernel, pad = self.kernel * (self.scale * self.gain), (self.size + len(self.smoothing) - 3) // 2
        if not self.halve:
            x = ops.conv(x, kernel, padding="same")
        elif self.size == 1:  # only the sampled pixels need to be filtered
            x = ops.conv(_smooth(x, self.smoothing, pad, strides=2), kernel, padding="valid")
        else:
            x = ops.conv(_smooth(x, self.smoothing, pad), kernel, strides=2, padding="valid")
        return x + self.bias * self.gain if self.use_bias else x

    def compute_output_shape(self, shape):
        """Channels become `filters`; height and width are halved or stay."""
        return (shape[0], *((size and size // 2 if self.halve else size) for size in shape[1:3]), self.filters)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "halve": self.halve, "use_bias": self.use_bias}


@keras.saving.register_keras_serializable("mediakit")
class ModulatedConv(_Kernel):
    """A modulated convolution: each image's style scales the kernel (section 2.2 of the paper).

    The style scales the input channels and demodulation scales the output channels. This is the same function as a kernel per
    image, but uses one plain convolution. Call it with images `[batch, height, width, inputs]` and styles `[batch, styles]`; an
    affine layer turns a style into one factor per input channel.

    Args:
        filters, size: number of filters and kernel size.
        gain: factor of the output.
        demodulate: whether to normalise each output channel to unit variance.
        use_bias: whether to add a bias.
        double: whether to double height and width.
        smoothing: taps of the low-pass filter after doubling.
    """

    def __init__(self, filters, size=3, gain=1.0, demodulate=True, use_bias=False, double=False, smoothing=(1, 3, 3, 1), **kwargs):
        super().__init__(filters, size, gain, smoothing, **kwargs)
        self.demodulate, self.use_bias, self.double = demodulate, use_bias, double

    def build(self, image_shape, style_shape):
        """Create the weights."""
        super().build(image_shape)
        self.affine = EqualizedDense(self.inputs, bias=1.0, name="affine")
        self.affine.build(style_shape)
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, image, style):
        """See the class."""
        style = self.affine(style)
        scale = self.scale if self.demodulate else self.scale * self.gain
        image = image * style[:, None, None, :]
        if self.double:
            wide = ops.conv_transpose(image, ops.transpose(self.kernel * (4 * scale), (0, 1, 3, 2)), strides=2, padding="valid")
            image = _smooth(wide, self.smoothing, (len(self.smoothing) + 1 - self.size) // 2)
        else:
            image = ops.conv(image, self.kernel * scale, padding="same")
        if self.demodulate:
            power = ops.sum(ops.square(self.kernel * self.scale), axis=(0, 1))
            deviation = ops.sqrt(ops.matmul(ops.square(style), power) + 1e-8)
            image = image * (self.gain / deviation)[:, None, None, :]
        return image + self.bias * self.gain if self.use_bias else image

    def compute_output_shape(self, image_shape, style_shape):
        """Channels become `filters`; height and width are doubled or stay."""
        return (image_shape[0], *((size and size * 2 if self.double else size) for size in image_shape[1:3]), self.filters)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "demodulate": self.demodulate, "use_bias": self.use_bias, "double": self.double}


def _smooth(image, taps: tuple[int, ...], pad: int, strides: int = 1):
    """Low-pass filter each channel with `taps` in both directions (Zhang 2019), after padding with `pad` zeros.

    This costs a fraction of a convolution with the filter folded into its kernel.
    """
    along = np.array(taps, "float32") / sum(taps)
    kernel = np.tile(np.outer(along, along)[:, :, None, None], (1, 1, image.shape[-1], 1))
    image = ops.pad(image, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    return ops.depthwise_conv(image, kernel, strides=strides, padding="valid")


@keras.saving.register_keras_serializable("mediakit")
class NoisyBias(keras.layers.Layer):
    """`image + gain * (bias + strength * noise)`.

    There is a bias per channel. The noise `[batch, height, width, 1]` is shared by all channels; its learned strength is
    zero-initialised.
    """

    def __init__(self, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain

    def build(self, image_shape, noise_shape):
        """Create the weights."""
        self.bias = self.add_weight(name="bias", shape=(image_shape[-1],), initializer="zeros")
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")

    def call(self, image, noise):
        """See the class."""
        return image + self.bias * self.gain + noise * (self.strength * self.gain)

    def compute_output_shape(self, image_shape, noise_shape):
        """The image's shape is unchanged."""
        return image_shape

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "gain": self.gain}


@keras.saving.register_keras_serializable("mediakit")
class LearnedConstant(keras.layers.Layer):
    """The learned constant input of the synthesis network, the same for all images. Call it with any tensor of the batch's size."""

    def __init__(self, size: int, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.size, self.channels = size, channels

    def build(self, shape):
        """Create the image."""
        self.image = self.add_weight(name="image", shape=(1, self.size, self.size, self.channels), initializer=_normal(1))

    def call(self, like):
        """`[batch, size, size, channels]`."""
        return self.image * ops.ones_like(like)[:, :1, None, None]

    def compute_output_shape(self, shape):
        """See `call`."""
        return (shape[0], self.size, self.size, self.channels)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "size": self.size, "channels": self.channels}


@keras.saving.register_keras_serializable("mediakit")
class MinibatchDeviation(keras.layers.Layer):
    """Appends a channel with the standard deviation within a group of images (Karras et al. 2018, section 3).

    It shows the discriminator when a generator lacks variety. A group consists of every (batch / group)-th image. A batch that
    cannot be split evenly is one group.
    """

    def __init__(self, group: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def call(self, x):
        """`[batch, height, width, channels]` to `[batch, height, width, channels + 1]`."""
        batch, (height, width, channels) = ops.shape(x)[0], x.shape[1:]
        groups = group_count(batch, self.group)
        parts = ops.reshape(x, (-1, groups, height, width, channels))
        variance = ops.mean(ops.square(parts - ops.mean(parts, axis=0, keepdims=True)), axis=0)
        deviation = ops.mean(ops.sqrt(variance + 1e-8), axis=(1, 2, 3))  # of each group
        rows = ops.tile(deviation, (batch // groups,))[:, None, None, None]
        return ops.concatenate([x, ops.ones_like(x[..., :1]) * rows], axis=-1)

    def compute_output_shape(self, shape):
        """One more channel."""
        return (*shape[:-1], shape[-1] + 1)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "group": self.group}


def group_count(batch, group: int):
    """The number of groups of a batch; one where it cannot be split evenly."""
    if isinstance(batch, int):  # static: JAX's reshape needs it
        return batch // group if batch % group == 0 else 1
    return ops.where(batch % group == 0, batch // group, 1)


def unit_length(x):
    """Normalise each row to a mean square of 1, as the mapping network does with latents."""
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)


def _normal(deviation: float):
    return keras.initializers.RandomNormal(stddev=deviation)
