"""The StyleGAN recipe in mediakit's trainer, on synthetic images: PLAN [plan].

It is StyleGAN2 with adaptive augmentation, without the projected discriminator. Prints images per second. With `plan`, only
completes the plan file with the recipe's numbers.
"""

import dataclasses
import json
import os
import sys
from pathlib import Path

from timed_training import examples_a_second

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

AS_PUBLISHED = {"projected_size": "0", "augmentation": "adaptive", "path_every": "16", "smoothing": "1331"}


def main() -> None:
    """Complete the plan, or train and print."""
    file = Path(sys.argv[1])
    plan = json.loads(file.read_text())

    from mediakit.recipes import style_gan
    from mediakit.training.distribution import make_strategy
    from mediakit.training.loading import make_config

    config = make_config(style_gan.Config, {**AS_PUBLISHED, **dict(pair.split("=", 1) for pair in plan["settings"])})
    data = synthetic_images(config, plan)
    strategy = make_strategy("one")
    model = style_gan.build(config, data)
    [phase] = style_gan.phases(config, data, model, Path("unused"))
    if sys.argv[2:] == ["plan"]:
        extra = {"channels": plan["channels"], "average": phase.average, "parameters": model.count_params()}
        file.write_text(json.dumps({**plan, **dataclasses.asdict(config), **extra}))
        return
    batches = phase.batches
    batches.steps = plan["steps"]
    print(examples_a_second(model, phase, strategy, plan["steps"], batches, plan["steps"] * config.batch_size))


def synthetic_images(config, plan: dict):
    """As many synthetic images as there are emoji."""
    import numpy as np

    from mediakit.datasets.images import ImageSet
    from mediakit.datasets.origin import Origin
    from mediakit.training.image_generation import Data

    random, count = np.random.default_rng(0), 3400
    pixels = random.integers(0, 256, (count, config.size, config.size, plan["channels"]), np.uint8)
    labels = random.integers(0, plan["classes"], count).astype(np.int32)
    classes = tuple(map(str, range(plan["classes"])))
    return Data(ImageSet(pixels, labels, classes, ("",) * count), Origin("made", "none"), "made")


if __name__ == "__main__":
    main()
