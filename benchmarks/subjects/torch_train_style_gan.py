"""The StyleGAN recipe's training in PyTorch: PLAN. Prints images per second.

Steps are those of the recipe: the discriminator's loss, its lazy gradient penalty, the generator's loss, its lazy path length penalty,
adaptive augmentation of everything that the discriminator sees, and a moving average of all weights.
"""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from prefetching import prefetched
from timed_training import EPOCHS
from torch.nn import functional as F  # noqa: N812
from torch_augmentation import augmented
from torch_style_gan import Discriminator, Mapping, Synthesis, noise_count, parameters, resolutions


class Game:
    """Generator and discriminator."""

    def __init__(self, plan: dict):
        self.plan, self.layers = plan, 2 * len(resolutions(plan))
        self.mapping, self.synthesis, self.discriminator = (
            network(plan).to(memory_format=torch.channels_last) for network in (Mapping, Synthesis, Discriminator)
        )
        generator = [*self.mapping.parameters(), *self.synthesis.parameters()]
        self.of_discriminator, self.of_generator = (
            torch.optim.Adam(weights, plan["rate"] * share, (0.0, 0.99**share), fused=True)
            for weights, share in (
                (list(self.discriminator.parameters()), plan["r1_every"] / (plan["r1_every"] + 1)),
                (generator, plan["path_every"] / (plan["path_every"] + 1)),
            )
        )
        self.weights = [*generator, *self.discriminator.parameters()]
        self.average = [weight.detach().clone() for weight in self.weights]
        self.strength = self.path_length = 0.0

    def step(self, number: int, images: torch.Tensor, label: torch.Tensor) -> None:
        """One training step on real images uint8 `[batch, channels, size, size]` and their classes `[batch, classes]`."""
        plan, count = self.plan, len(images)
        real = (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            generated = self.synthesis(self._styles(label), self._noise(count))
        real_logits, fake_logits = self._logits(real, label), self._logits(generated, label)
        self._move(self.of_discriminator, F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean())
        if number % plan["r1_every"] == 0:
            self._move(self.of_discriminator, self._r1(real, label))
        logits = self._logits(self.synthesis(self._styles(label), self._noise(count)), label)
        self._move(self.of_generator, F.softplus(-logits).mean())
        if number % plan["path_every"] == 0:
            self._move(self.of_generator, self._path(label[: (count + 1) // 2]))
        torch._foreach_lerp_(self.average, [weight.detach() for weight in self.weights], 1 - plan["average"])
        by = float(real_logits.detach().sign().mean().sign()) * count / (1000 * plan["augmentation_kimg"])
        self.strength = min(max(self.strength + by, 0.0), 0.8)

    def _move(self, optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True), strict=True):
            weight.grad = torch.zeros_like(weight) if gradient is None else gradient
        optimizer.step()

    def _noise(self, count: int) -> torch.Tensor:
        return torch.randn(count, noise_count(self.plan))

    def _styles(self, label: torch.Tensor) -> torch.Tensor:
        count = len(label)
        first, second = (self.mapping(torch.randn(count, self.plan["latent"]), label)[:, None] for _ in range(2))
        crossover = torch.where(
            torch.rand(count) < self.plan["style_mixing"], torch.randint(1, self.layers, (count,)), torch.full((count,), self.layers)
        )
        return torch.where(torch.arange(self.layers)[None, :, None] < crossover[:, None, None], first, second)

    def _logits(self, images: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return self.discriminator(augmented(images, self.strength), label)

    def _r1(self, real: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        shown = augmented(real, self.strength).requires_grad_()
        [gradient] = torch.autograd.grad(self.discriminator(shown, label).sum(), shown, create_graph=True)
        return self.plan["r1"] / 2 * self.plan["r1_every"] * gradient.square().sum((1, 2, 3)).mean()

    def _path(self, label: torch.Tensor) -> torch.Tensor:
        styles = self._styles(label)
        generated = self.synthesis(styles, self._noise(len(label)))
        along = (generated * torch.randn_like(generated)).sum() / math.sqrt(generated.shape[2] * generated.shape[3])
        [gradient] = torch.autograd.grad(along, styles, create_graph=True)
        lengths = (gradient.square().sum(2).mean(1) + 1e-12).sqrt()
        loss = self.plan["path"] * self.plan["path_every"] * (lengths - self.path_length).square().mean()
        self.path_length += 0.01 * (float(lengths.detach().mean()) - self.path_length)
        return loss


def batches(plan: dict):
    """The batches of one epoch."""
    random = np.random.default_rng(0)
    shape = (plan["batch_size"], plan["size"], plan["size"], plan["channels"])
    for _ in range(plan["steps"]):
        images = torch.from_numpy(random.integers(0, 256, shape, np.uint8)).permute(0, 3, 1, 2)
        yield images, torch.eye(plan["classes"])[torch.from_numpy(random.integers(0, plan["classes"], shape[0]))]


def main() -> None:
    """Train and print."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    torch.manual_seed(0)
    game = Game(plan)
    count = parameters(game.mapping, game.synthesis, game.discriminator)
    if count != plan["parameters"]:
        sys.exit(f"the recipe has {plan['parameters']:,} parameters, but this model has {count:,}")
    seconds = 0.0
    for epoch in range(EPOCHS):
        began = time.perf_counter()
        for number, (images, label) in enumerate(prefetched(batches(plan))):
            game.step(number, images, label)
        seconds += (time.perf_counter() - began) if epoch else 0.0
    print(plan["steps"] * plan["batch_size"] * (EPOCHS - 1) / seconds)


if __name__ == "__main__":
    main()
