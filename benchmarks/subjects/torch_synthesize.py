"""Images from the StyleGAN recipe's generator in PyTorch: PLAN BATCH COUNT [warm].

The weights are random, so only its time matters. Generates COUNT images as bytes; with `warm`, does so again and prints the images per
second of the second time.
"""

import json
import sys
import time
from pathlib import Path

import torch
from torch_style_gan import Mapping, Synthesis, noise_count, resolutions


def main() -> None:
    """Generate."""
    plan, (batch, count) = json.loads(Path(sys.argv[1]).read_text()), map(int, sys.argv[2:4])
    torch.manual_seed(0)
    mapping, synthesis = (network(plan).eval().to(memory_format=torch.channels_last) for network in (Mapping, Synthesis))
    layers = 2 * len(resolutions(plan))

    def generate() -> None:
        for _ in range(0, count, batch):
            label = torch.eye(plan["classes"])[torch.randint(plan["classes"], (batch,))] if plan["classes"] else None
            style = mapping(torch.randn(batch, plan["latent"]), label)
            image = synthesis(style[:, None].expand(-1, layers, -1), torch.randn(batch, noise_count(plan)))
            image.mul(127.5).add(127.5).round().clamp(0, 255).byte().numpy()

    with torch.inference_mode():
        generate()
        if sys.argv[4:]:
            began = time.perf_counter()
            generate()
            print(count / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
