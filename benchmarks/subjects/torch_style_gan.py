"""The StyleGAN2 recipe's networks in plain PyTorch, layer by layer, in the fastest form found for a CPU.

Styles scale the activations, so that a batch is one convolution. Low-pass filters are depthwise. Memory is channels-last.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

SQRT2 = math.sqrt(2)


def resolutions(plan: dict) -> list[int]:
    """4, 8, …, the images' size."""
    return [2**i for i in range(2, int(math.log2(plan["size"])) + 1)]


def noise_count(plan: dict) -> int:
    """The noise values per image."""
    return 16 + sum(2 * size**2 for size in resolutions(plan)[1:])


def width(plan: dict, size: int) -> int:
    """Channels at a resolution."""
    return max(1, min(plan["channel_base"] // size, plan["channel_max"]))


def taps(plan: dict) -> list[int]:
    """Taps of the low-pass filter where the resolution changes."""
    return [int(tap) for tap in plan["smoothing"]]


def rectified(x: torch.Tensor) -> torch.Tensor:
    """A leaky rectifier; its gain is in the layer before."""
    return F.leaky_relu(x, 0.2)


def unit_length(x: torch.Tensor) -> torch.Tensor:
    """Normalise each row to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-8)


class Dense(nn.Module):
    """EqualizedDense."""

    def __init__(self, inputs: int, units: int, gain: float = 1.0, rate: float = 1.0, bias: float = 0.0):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(units, inputs) / rate)
        self.bias = nn.Parameter(torch.full((units,), bias / rate))
        self.scale, self.bias_scale = gain * rate / math.sqrt(inputs), gain * rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.kernel * self.scale, self.bias * self.bias_scale)


class Kernel(nn.Module):
    """The kernel of a convolution, and the low-pass filter where the resolution changes."""

    def __init__(self, inputs: int, filters: int, size: int, smoothing: list[int]):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(filters, inputs, size, size))
        self.scale, self.size, self.taps = 1 / math.sqrt(inputs * size**2), size, len(smoothing)
        along = torch.tensor(smoothing) / sum(smoothing)
        self.register_buffer("filter", (along[:, None] * along)[None, None], persistent=False)

    def smooth(self, x: torch.Tensor, pad: int, stride: int = 1) -> torch.Tensor:
        """Low-pass filter each channel."""
        channels = x.shape[1]
        return F.conv2d(x, self.filter.expand(channels, -1, -1, -1), stride=stride, padding=pad, groups=channels)


class Conv(Kernel):
    """EqualizedConv."""

    def __init__(
        self, inputs: int, filters: int, size: int, smoothing: list[int], gain: float = 1.0, halve: bool = False, bias: bool = True
    ):
        super().__init__(inputs, filters, size, smoothing)
        self.gain, self.halve = gain, halve
        self.bias = nn.Parameter(torch.zeros(filters)) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, bias = self.kernel * (self.scale * self.gain), None if self.bias is None else self.bias * self.gain
        if not self.halve:
            return F.conv2d(x, kernel, bias, padding=self.size // 2)
        pad = (self.size + self.taps - 3) // 2
        if self.size == 1:
            return F.conv2d(self.smooth(x, pad, stride=2), kernel, bias)
        return F.conv2d(self.smooth(x, pad), kernel, bias, stride=2)


class ModulatedConv(Kernel):
    """ModulatedConv."""

    def __init__(self, inputs: int, filters: int, styles: int, plan: dict, size: int = 3, double: bool = False, colours: bool = False):
        super().__init__(inputs, filters, size, taps(plan))
        self.affine, self.double, self.colours = Dense(styles, inputs, bias=1.0), double, colours
        self.bias = nn.Parameter(torch.zeros(filters)) if colours else None

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        style = self.affine(style)
        x = x * style[:, :, None, None]
        if self.double:
            x = F.conv_transpose2d(x, (self.kernel * (4 * self.scale)).transpose(0, 1), stride=2)
            x = self.smooth(x, (self.taps + 1 - self.size) // 2)
        else:
            x = F.conv2d(x, self.kernel * self.scale, self.bias, padding=self.kernel.shape[-1] // 2)
        if self.colours:
            return x
        power = (self.kernel * self.scale).square().sum((2, 3))
        return x * (SQRT2 * torch.rsqrt(style.square() @ power.T + 1e-8))[:, :, None, None]


class Layer(nn.Module):
    """A modulated convolution, noise, bias, rectifier."""

    def __init__(self, inputs: int, filters: int, plan: dict, double: bool):
        super().__init__()
        self.conv = ModulatedConv(inputs, filters, plan["style"], plan, double=double)
        self.bias, self.strength = nn.Parameter(torch.zeros(filters)), nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor, style: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        x = self.conv(x, style)
        return rectified(x + (self.bias * SQRT2)[:, None, None] + noise * (self.strength * SQRT2))


class Mapping(nn.Module):
    """`build_mapping`."""

    def __init__(self, plan: dict):
        super().__init__()
        self.label = Dense(plan["classes"], plan["latent"]) if plan["classes"] else None
        sizes = [plan["latent"] * (2 if plan["classes"] else 1)] + [plan["style"]] * plan["mapping_layers"]
        self.layers = nn.ModuleList(Dense(a, b, SQRT2, plan["mapping_rate"]) for a, b in pairwise(sizes))

    def forward(self, latent: torch.Tensor, label: torch.Tensor | None) -> torch.Tensor:
        x = unit_length(latent)
        if self.label is not None:
            x = torch.cat([x, unit_length(self.label(label))], -1)
        for layer in self.layers:
            x = rectified(layer(x))
        return x


class Synthesis(nn.Module):
    """`build_synthesis`."""

    def __init__(self, plan: dict):
        super().__init__()
        sizes = resolutions(plan)
        wide = [width(plan, size) for size in sizes]
        self.sizes, self.constant = sizes, nn.Parameter(torch.randn(1, wide[0], 4, 4))
        pairs = list(pairwise(wide))
        self.first = Layer(wide[0], wide[0], plan, double=False)
        self.ups = nn.ModuleList(Layer(before, here, plan, double=True) for before, here in pairs)
        self.seconds = nn.ModuleList(Layer(here, here, plan, double=False) for _, here in pairs)
        colours = (ModulatedConv(here, plan["channels"], plan["style"], plan, size=1, colours=True) for here in wide)
        self.colours = nn.ModuleList(colours)

    def forward(self, styles: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        parts = iter(noise.split([16, *(size**2 for size in self.sizes[1:] for _ in range(2))], 1))
        style = iter(styles.unbind(1))

        def next_noise(size: int) -> torch.Tensor:
            return next(parts).reshape(-1, 1, size, size)

        x = self.first(self.constant.expand(len(styles), -1, -1, -1), next(style), next_noise(4))
        shared = next(style)  # by the colours and the next convolution
        image = self.colours[0](x, shared)
        for size, up, second, colours in zip(self.sizes[1:], self.ups, self.seconds, self.colours[1:], strict=True):
            x = up(x, shared, next_noise(size))
            x = second(x, next(style), next_noise(size))
            shared = next(style)
            image = F.interpolate(image, scale_factor=2, mode="bilinear", align_corners=False) + colours(x, shared)
        return image


class Discriminator(nn.Module):
    """`build_discriminator`."""

    def __init__(self, plan: dict):
        super().__init__()
        sizes, smoothing = resolutions(plan), taps(plan)
        self.colours = Conv(plan["channels"], width(plan, plan["size"]), 1, smoothing, SQRT2)
        blocks = []
        for size in reversed(sizes[1:]):
            here, below = width(plan, size), width(plan, size // 2)
            skip = Conv(here, below, 1, smoothing, math.sqrt(0.5), halve=True, bias=False)
            blocks.append(nn.ModuleList([skip, Conv(here, here, 3, smoothing, SQRT2), Conv(here, below, 3, smoothing, 1.0, halve=True)]))
        self.blocks, last = nn.ModuleList(blocks), width(plan, 4)
        self.last, self.dense = Conv(last + 1, last, 3, smoothing, SQRT2), Dense(last * 16, last, SQRT2)
        self.label = Dense(plan["classes"], plan["style"]) if plan["classes"] else None
        self.logit = Dense(last, plan["style"] if plan["classes"] else 1)

    def forward(self, image: torch.Tensor, label: torch.Tensor | None) -> torch.Tensor:
        x = rectified(self.colours(image))
        for skip, conv, down in self.blocks:
            x = rectified(down(rectified(conv(x)))) + skip(x)
        x = rectified(self.last(with_deviation(x)))
        x = self.logit(rectified(self.dense(x.flatten(1))))
        if self.label is None:
            return x[:, 0]
        return (x * unit_length(self.label(label))).sum(-1) / math.sqrt(x.shape[1])


def with_deviation(x: torch.Tensor, group: int = 4) -> torch.Tensor:
    """MinibatchDeviation."""
    groups = len(x) // group if len(x) % group == 0 else 1
    parts = x.reshape(-1, groups, *x.shape[1:])
    deviation = (parts.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
    return torch.cat([x, deviation.repeat(len(x) // groups)[:, None, None, None].expand(-1, 1, *x.shape[2:])], 1)


def parameters(*networks: nn.Module) -> int:
    """The number of parameters."""
    return sum(parameter.numel() for network in networks for parameter in network.parameters())
