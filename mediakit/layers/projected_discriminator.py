"""A projected discriminator (Sauer et al. 2021, "Projected GANs Converge Faster").

Images are not judged by their pixels but by the maps of a frozen ImageNet network, mixed at random across channels and scales
(section 3.2) so that no single channel can be satisfied alone. A small discriminator judges each scale. Two changes let it learn
from batches of 32 on two processor cores:

- The statistics of batch normalisation are those of a few images, as in StyleGAN-T (Sauer et al. 2023, section 3.2), and real and
  generated ones share them: with statistics of their own, the discriminators cannot see a difference of the mean colour.
- The spectral norm of a kernel (Miyato et al. 2018) is found anew at each step from the same start, without a state.

Images are `[batch, height, width, channels]`.
"""

import keras
import numpy as np
from keras import layers, ops

from mediakit.layers.efficientnet_lite import efficientnet_lite, imagenet_weights, load_imagenet_weights, stage_outputs
from mediakit.layers.style_gan import EqualizedDense, group_count, rectified, unit_length

ENCODER = "lite0"
WIDTHS = (64, 64, 128, 256)  # channels of the mixed maps at strides 4, 8, 16 and 32
SMALLEST = 4  # a discriminator halves its map until it is this small


def projected_discriminator(size: int, shape: tuple[int, int, int], classes: int, group: int, imagenet: bool = True) -> keras.Model:
    """Build the discriminator of real and generated images, which it sees side by side.

    Args:
        size: side of the images for the frozen network, a multiple of 32; images are resized to it.
        shape: `(height, width, channels)` of the images: grey, RGB, or RGB premultiplied by alpha, then alpha.
        classes: number of classes; 0 for none. With classes, a logit is a projection on the embedding of the class (Miyato and
            Koyama 2018).
        group: images of each kind that share their statistics.
        imagenet: whether the frozen network gets ImageNet weights; without them it is random.

    Returns:
        A model of `real` and `generated`, both `[batch, *shape]` in -1..1, and, with classes, their common `label`
        `[batch, classes]`, to the logits of either, `[batch, places]`, where each scale has a few places. Above 0 is real.
    """
    inputs = [keras.Input(shape, name=name) for name in ("real", "generated")]
    label = [keras.Input((classes,), name="label")] if classes else []
    features = frozen_features(size, imagenet)
    mixtures = random_mixtures(features)
    # One after the other: a generator's step needs no gradient of the real images.
    kinds = [mixtures(features(resized(as_rgb_bytes(images), size))) for images in inputs]
    maps = [ops.concatenate(pair, axis=0) for pair in zip(*kinds, strict=True)]
    both = [ops.concatenate([each, each], axis=0) for each in label]
    logits = ops.concatenate([judged(each, both, group, f"stride_{4 * 2**i}") for i, each in enumerate(maps)], axis=-1)
    return keras.Model([*inputs, *label], ops.split(logits, 2, axis=0), name="projected")


def as_rgb_bytes(images):
    """RGB in 0..255 of images in -1..1; transparent ones are composited on white."""
    if images.shape[-1] == 4:
        images = images[..., :3] + 1 - images[..., 3:]
    elif images.shape[-1] == 1:
        images = ops.repeat(images, 3, axis=-1)
    return (images + 1) * 127.5


def resized(images, size: int):
    """Images of another size, by bilinear interpolation."""
    if images.shape[1] == size:
        return images
    return ops.image.resize(images, (size, size), "bilinear", antialias=images.shape[1] > size)


def frozen_features(size: int, imagenet: bool) -> keras.Model:
    """RGB images of a size in 0..255 to maps at strides 4, 8, 16 and 32, by a network that does not learn."""
    network = efficientnet_lite(ENCODER, size, folded=True)
    if imagenet:
        load_imagenet_weights(network, imagenet_weights(ENCODER))
    stages = stage_outputs(network)  # strides 2, 2, 4, 8, 16, 16, 32, 32
    features = keras.Model(network.input, [stages[2], stages[3], stages[5], stages[7]], name="features")
    features.trainable = False
    return features


def random_mixtures(features: keras.Model) -> keras.Model:
    """Maps mixed by random convolutions that do not learn: across channels, then each scale with the coarser ones."""
    inputs, mixed, coarser = [keras.Input(each.shape[1:]) for each in features.outputs], [], None
    for i, width in reversed(list(enumerate(WIDTHS))):
        x = _random(width, 1, f"mix_channels_{i}")(inputs[i])
        if coarser is not None:
            x = x + _random(width, 1, f"narrow_{i}")(layers.UpSampling2D(interpolation="bilinear", name=f"upsample_{i}")(coarser))
        coarser = _random(width, 3, f"mix_scales_{i}")(x)
        mixed.insert(0, coarser)
    return keras.Model(inputs, mixed, name="mixtures")


def _random(filters: int, size: int, name: str) -> layers.Conv2D:
    initial = keras.initializers.VarianceScaling(1.0, "fan_in", "normal")
    return layers.Conv2D(filters, size, padding="same", use_bias=False, kernel_initializer=initial, trainable=False, name=name)


def judged(x, label: list, group: int, name: str):
    """The logits `[images, places]` of a map, by a small discriminator."""
    halvings = 0
    while x.shape[1] >> halvings > SMALLEST:
        halvings += 1
    width = min(x.shape[-1], 128)
    for i in range(max(halvings, 1)):
        size, strides = (4, 2) if halvings else (3, 1)
        x = SpectralConv(width, size, strides, name=f"{name}_conv_{i}")(x)
        x = rectified(GroupedBatchNormalization(group, name=f"{name}_norm_{i}")(x))
    x = SpectralConv(64 if label else 1, 3, 1, name=f"{name}_logits")(x)
    if label:
        embedded = unit_length(EqualizedDense(64, name=f"{name}_label")(label[0]))
        x = ops.mean(x * embedded[:, None, None], axis=-1, keepdims=True) * 8.0  # 8 = sqrt(64): the sum of 64 terms, normalised
    return layers.Flatten(name=f"{name}_flatten")(x)


@keras.saving.register_keras_serializable("mediakit")
class SpectralConv(layers.Layer):
    """A convolution whose kernel, as a matrix of `filters` columns, is divided by its largest singular value (Miyato et al. 2018).

    Args:
        filters, size, strides: as in `Conv2D`; the padding is "same".
        iterations: of the power method.
    """

    def __init__(self, filters: int, size: int, strides: int = 1, iterations: int = 12, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size, self.strides, self.iterations = filters, size, strides, iterations

    def build(self, shape):
        """Create the weights."""
        kernel = (self.size, self.size, shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=kernel, initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")
        self.start = np.random.default_rng(0).standard_normal((self.filters, 1)).astype(np.float32)

    def call(self, x):
        """See the class."""
        matrix = ops.reshape(self.kernel, (-1, self.filters))
        squared = ops.stop_gradient(ops.matmul(ops.transpose(matrix), matrix))
        vector = ops.convert_to_tensor(self.start)
        for _ in range(self.iterations):
            vector = ops.matmul(squared, vector)
            vector = vector / (ops.norm(vector) + 1e-12)
        norm = ops.norm(ops.matmul(matrix, ops.stop_gradient(vector)))
        return ops.conv(x, self.kernel / (norm + 1e-12), strides=self.strides, padding="same") + self.bias

    def compute_output_shape(self, shape):
        """Channels become `filters`; height and width are divided by the strides, rounded up."""
        return (shape[0], *(size and -(-size // self.strides) for size in shape[1:3]), self.filters)

    def get_config(self):
        """The arguments."""
        own = {"filters": self.filters, "size": self.size, "strides": self.strides, "iterations": self.iterations}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("mediakit")
class GroupedBatchNormalization(layers.Layer):
    """Batch normalisation with the statistics of a few images, half of them real and half generated.

    The first half of a batch is real, the second generated. Of each, images as far apart as there are groups are one group (see
    `mediakit.layers.style_gan.MinibatchDeviation`); where the batch cannot be divided so, all images are one.

    Args:
        group: real images in a group, and generated ones.
    """

    def __init__(self, group: int, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def build(self, shape):
        """Create the weights."""
        self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer="ones")
        self.beta = self.add_weight(name="beta", shape=(shape[-1],), initializer="zeros")

    def call(self, x):
        """See the class."""
        _, height, width, channels = x.shape
        groups = group_count(ops.shape(x)[0] // 2, self.group)
        parts = ops.reshape(x, (2, -1, groups, height, width, channels))
        mean = ops.mean(parts, axis=(0, 1, 3, 4), keepdims=True)
        variance = ops.mean(ops.square(parts - mean), axis=(0, 1, 3, 4), keepdims=True)
        return ops.reshape((parts - mean) * ops.rsqrt(variance + 1e-5), ops.shape(x)) * self.gamma + self.beta

    def compute_output_shape(self, shape):
        """The same."""
        return shape

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "group": self.group}
