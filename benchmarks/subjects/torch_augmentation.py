"""The transformations of adaptive augmentation (`mediakit.training.adaptive_augmentation`) in PyTorch."""

import math

import torch
from torch.nn import functional as F  # noqa: N812


def augmented(images: torch.Tensor, strength: float) -> torch.Tensor:
    """Images `[batch, channels, size, size]`, with each transformation applied with probability `strength`."""
    count, channels, size, _ = images.shape
    theta = _geometry(count, size, strength)
    theta[:, :, 2] *= 2 / size  # there, an image's side is 2
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    edge = "zeros" if channels == 4 else "reflection"
    images = F.grid_sample(images + 1, grid, padding_mode=edge, align_corners=False) - 1
    return images if channels == 1 else _recoloured(images, _colours(count, strength))


def _sometimes(value: torch.Tensor, otherwise: float, strength: float) -> torch.Tensor:
    return torch.where(torch.rand(len(value)) < strength, value, otherwise)


def _around(count: int) -> torch.Tensor:
    """Uniform in -1..1."""
    return torch.rand(count) * 2 - 1


def _matrix(*rows: list) -> torch.Tensor:
    rows = [*rows, [0.0] * len(rows) + [1.0]]
    [like, *_] = [cell for row in rows for cell in row if isinstance(cell, torch.Tensor)]
    cells = [cell if isinstance(cell, torch.Tensor) else torch.full_like(like, cell) for row in rows for cell in row]
    return torch.stack(cells, 1).unflatten(1, (len(rows), len(rows)))


def _rotation(angle: torch.Tensor) -> torch.Tensor:
    return _matrix([angle.cos(), -angle.sin(), 0.0], [angle.sin(), angle.cos(), 0.0])


def _geometry(count: int, size: int, strength: float) -> torch.Tensor:
    mirror = _sometimes(_around(count).sign(), 1.0, strength)
    turn = _sometimes((torch.rand(count) * 4).floor() * (math.pi / 2), 0.0, strength)
    across, down = (_sometimes((_around(count) * 0.125 * size).round(), 0.0, strength) for _ in range(2))
    scale = _sometimes(2 ** (0.2 * torch.randn(count)), 1.0, strength)
    half = 1 - math.sqrt(1 - strength)
    before, after = (_sometimes(_around(count) * math.pi, 0.0, half) for _ in range(2))
    stretch = _sometimes(2 ** (0.2 * torch.randn(count)), 1.0, strength)
    matrix = _matrix([mirror * scale, 0.0, 0.0], [0.0, scale, 0.0])
    shift = _matrix([1.0, 0.0, across], [0.0, 1.0, down])
    stretched = _matrix([stretch, 0.0, 0.0], [0.0, 1 / stretch, 0.0])
    for part in (_rotation(turn), shift, _rotation(before), stretched, _rotation(after)):
        matrix = matrix @ part
    return matrix[:, :2].clone()


def _colours(count: int, strength: float) -> torch.Tensor:
    brightness = _sometimes(0.2 * torch.randn(count), 0.0, strength)
    contrast = _sometimes(2 ** (0.5 * torch.randn(count)), 1.0, strength)
    flip = _sometimes((torch.rand(count) < 0.5).float(), 0.0, strength)
    angle = _sometimes(_around(count) * math.pi, 0.0, strength)
    saturation = _sometimes(2 ** torch.randn(count), 1.0, strength)
    contrasted = _matrix([contrast, 0.0, 0.0, brightness], [0.0, contrast, 0.0, brightness], [0.0, 0.0, contrast, brightness])
    luma, cos, sin = 1 - 2 * flip, angle.cos(), angle.sin()

    def cell(i: int, j: int) -> torch.Tensor:
        across = (float(i == j) - 1 / 3) * cos + (0 if i == j else (1 if (j - i) % 3 == 2 else -1) / math.sqrt(3)) * sin
        return luma / 3 + saturation * across

    return _matrix(*[[*(cell(i, j) for j in range(3)), 0.0] for i in range(3)]) @ contrasted


def _recoloured(images: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    rgb, turn, shift = images[:, :3], matrix[:, :3, :3], matrix[:, :3, 3]
    if images.shape[1] == 3:
        return (turn @ rgb.flatten(2)).unflatten(2, rgb.shape[2:]) + shift[:, :, None, None]
    alpha = (images[:, 3:] + 1) / 2
    straight = (turn @ (rgb + 1 - alpha).flatten(2)).unflatten(2, rgb.shape[2:]) + alpha * shift[:, :, None, None]
    return torch.cat([straight - 1 + alpha, images[:, 3:]], 1)
