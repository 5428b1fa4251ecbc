"""The parts of StyleGAN2 (Karras et al. 2020a, "Analyzing and Improving the Image Quality of StyleGAN").

All weights are drawn from a unit normal and scaled where they are used, so that one learning rate suits all of them
("equalised" learning rate, Karras et al. 2018, section 4.1). A layer's `gain` is what it multiplies its result by: as a leaky
rectifier takes positive factors out, the sqrt(2) that belongs after it costs nothing before it.

Pictures are `[batch, height, width, channels]`.
"""

import math

import keras
import numpy as np
from keras import ops

AFTER_RECTIFIER = math.sqrt(2.0)  # keeps the variance through a leaky rectifier


def rectified(x):
    """Leaky rectifier with slope 0.2; its gain is in the layer before."""
    return ops.leaky_relu(x, 0.2)


@keras.saving.register_keras_serializable("mediakit")
class EqualizedDense(keras.layers.Layer):
    """`gain * (x @ kernel / sqrt(inputs) + bias)`. `[batch, inputs]` to `[batch, units]`.

    Args:
        units: outputs.
        gain: factor of the result.
        rate: factor of the weights' learning rate (0.01 in the mapping network, Karras et al. 2019, section C).
        bias: value that the bias begins with.
    """

    def __init__(self, units: int, gain: float = 1.0, rate: float = 1.0, bias: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.gain, self.rate, self.begin = units, gain, rate, bias

    def build(self, shape):
        """Make the weights."""
        self.scale = self.rate / math.sqrt(shape[-1])
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units), initializer=_normal(1 / self.rate))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer=keras.initializers.Constant(self.begin / self.rate))

    def call(self, x):
        """See the class."""
        return ops.matmul(x, self.kernel * (self.scale * self.gain)) + self.bias * (self.rate * self.gain)

    def compute_output_shape(self, shape):
        """The last axis becomes `units`."""
        return (*shape[:-1], self.units)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "units": self.units, "gain": self.gain, "rate": self.rate, "bias": self.begin}


class _Kernel(keras.layers.Layer):
    """A convolution's weights."""

    def __init__(self, filters: int, size: int, gain: float, smoothing: tuple[int, ...], **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size, self.gain, self.smoothing = filters, size, gain, tuple(smoothing)

    def build(self, shape):
        """Make the weights from the shape of the pictures."""
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
    """`gain * (convolution of x + bias)`; with `halve`, of the smoothed picture at every second pixel.

    Args:
        filters, size: of the kernel.
        gain: factor of the result.
        halve: whether height and width become half.
        use_bias: whether there is a bias.
        smoothing: taps of the filter in each direction.
    """

    def __init__(self, filters, size=3, gain=1.0, halve=False, use_bias=True, smoothing=(1, 3, 3, 1), **kwargs):
        super().__init__(filters, size, gain, smoothing, **kwargs)
        self.halve, self.use_bias = halve, use_bias

    def build(self, shape):
        """Make the weights."""
        super().build(shape)
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, x):
        """See the class."""
        kernel, pad = self.kernel * (self.scale * self.gain), (self.size + len(self.smoothing) - 3) // 2
        if not self.halve:
            x = ops.conv(x, kernel, padding="same")
        elif self.size == 1:  # only the pixels that it takes need to be smooth
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
    """A convolution whose kernel each picture scales by its own style (section 2.2 of the paper).

    The style scales the input's channels, and the demodulation the output's: the same function as with a kernel for each
    picture, in one plain convolution. Call it with a picture `[batch, height, width, inputs]` and a style
    `[batch, styles]`, which a layer of its own turns into a factor for each input.

    Args:
        filters, size: of the kernel.
        gain: factor of the result.
        demodulate: whether each output is brought back to unit variance.
        use_bias: whether there is a bias.
        double: whether height and width are doubled.
        smoothing: taps of the filter that follows the doubling.
    """

    def __init__(self, filters, size=3, gain=1.0, demodulate=True, use_bias=False, double=False, smoothing=(1, 3, 3, 1), **kwargs):
        super().__init__(filters, size, gain, smoothing, **kwargs)
        self.demodulate, self.use_bias, self.double = demodulate, use_bias, double

    def build(self, picture_shape, style_shape):
        """Make the weights."""
        super().build(picture_shape)
        self.affine = EqualizedDense(self.inputs, bias=1.0, name="affine")
        self.affine.build(style_shape)
        if self.use_bias:
            self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, picture, style):
        """See the class."""
        style = self.affine(style)
        scale = self.scale if self.demodulate else self.scale * self.gain
        picture = picture * style[:, None, None, :]
        if self.double:
            wide = ops.conv_transpose(picture, ops.transpose(self.kernel * (4 * scale), (0, 1, 3, 2)), strides=2, padding="valid")
            picture = _smooth(wide, self.smoothing, (len(self.smoothing) + 1 - self.size) // 2)
        else:
            picture = ops.conv(picture, self.kernel * scale, padding="same")
        if self.demodulate:
            power = ops.sum(ops.square(self.kernel * self.scale), axis=(0, 1))
            deviation = ops.sqrt(ops.matmul(ops.square(style), power) + 1e-8)
            picture = picture * (self.gain / deviation)[:, None, None, :]
        return picture + self.bias * self.gain if self.use_bias else picture

    def compute_output_shape(self, picture_shape, style_shape):
        """Channels become `filters`; height and width are doubled or stay."""
        return (picture_shape[0], *((size and size * 2 if self.double else size) for size in picture_shape[1:3]), self.filters)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "demodulate": self.demodulate, "use_bias": self.use_bias, "double": self.double}


def _smooth(picture, taps: tuple[int, ...], pad: int, strides: int = 1):
    """Each channel by itself through the filter `taps` in both directions (Zhang 2019), with so many zeros around it.

    A pass over the picture costs a fraction of what the convolution would with the filter folded into its kernel."""
    along = np.array(taps, "float32") / sum(taps)
    kernel = np.tile(np.outer(along, along)[:, :, None, None], (1, 1, picture.shape[-1], 1))
    picture = ops.pad(picture, [[0, 0], [pad, pad], [pad, pad], [0, 0]])
    return ops.depthwise_conv(picture, kernel, strides=strides, padding="valid")


@keras.saving.register_keras_serializable("mediakit")
class NoisyBias(keras.layers.Layer):
    """`picture + gain * (bias + strength * noise)`: a bias for each channel, and noise `[batch, height, width, 1]` that all
    channels share, whose strength is learned and begins at nothing."""

    def __init__(self, gain: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain = gain

    def build(self, picture_shape, noise_shape):
        """Make the weights."""
        self.bias = self.add_weight(name="bias", shape=(picture_shape[-1],), initializer="zeros")
        self.strength = self.add_weight(name="strength", shape=(), initializer="zeros")

    def call(self, picture, noise):
        """See the class."""
        return picture + self.bias * self.gain + noise * (self.strength * self.gain)

    def compute_output_shape(self, picture_shape, noise_shape):
        """The picture's."""
        return picture_shape

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "gain": self.gain}


@keras.saving.register_keras_serializable("mediakit")
class LearnedConstant(keras.layers.Layer):
    """The picture that every generated one begins from, the same for all; called with anything that has the batch's size."""

    def __init__(self, size: int, channels: int, **kwargs):
        super().__init__(**kwargs)
        self.size, self.channels = size, channels

    def build(self, shape):
        """Make the picture."""
        self.picture = self.add_weight(name="picture", shape=(1, self.size, self.size, self.channels), initializer=_normal(1))

    def call(self, like):
        """`[batch, size, size, channels]`."""
        return self.picture * ops.ones_like(like)[:, :1, None, None]

    def compute_output_shape(self, shape):
        """See `call`."""
        return (shape[0], self.size, self.size, self.channels)

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "size": self.size, "channels": self.channels}


@keras.saving.register_keras_serializable("mediakit")
class MinibatchDeviation(keras.layers.Layer):
    """Adds a channel that tells how much the pictures of a group differ (Karras et al. 2018, section 3): a discriminator sees by
    it that a generator always makes the same. Groups are of every (batch / group)-th picture; a batch that cannot be split is
    one group."""

    def __init__(self, group: int = 4, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def call(self, x):
        """`[batch, height, width, channels]` to the same with one more channel."""
        batch, (height, width, channels) = ops.shape(x)[0], x.shape[1:]
        if isinstance(batch, int):  # known while tracing, as reshape wants it under JAX
            groups = batch // self.group if batch % self.group == 0 else 1
        else:
            groups = ops.where(batch % self.group == 0, batch // self.group, 1)
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


def unit_length(x):
    """Each row brought to a mean square of 1: what the mapping network does with latents first."""
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)


def _normal(deviation: float):
    return keras.initializers.RandomNormal(stddev=deviation)
