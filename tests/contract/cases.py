"""For each recipe the smallest data set and settings that exercise all of it. A new recipe is one more entry."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Case:
    """How to try a recipe: a function that writes a data set, settings of a tiny model, and settings without its own random
    numbers (dropout), for comparisons between devices whose random numbers differ."""

    write_data: Callable[[Path], None]
    settings: dict[str, str]
    steady: dict[str, str] = field(default_factory=dict)


def write_captioned_photos(folder: Path) -> None:
    """Photos of noise with a coloured square, each with one to three captions of different lengths."""
    rng = np.random.default_rng(0)
    colours = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
    rows = ["image,caption,split"]
    for i in range(14):
        colour = list(colours)[i % 3]
        pixels = rng.integers(0, 120, (48, 64, 3)).astype(np.uint8)
        pixels[10:40, 10:40] = colours[colour]
        Image.fromarray(pixels).save(folder / f"{i}.png")
        split = "train" if i < 10 else "dev"
        captions = [f"a {colour} square", f"there is one {colour} square in a picture full of noise", "a square"]
        rows += [f"{i}.png,{caption},{split}" for caption in captions[: 1 + i % 3]]
    (folder / "captions.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


CASES = {
    "captioning": Case(
        write_captioned_photos,
        {
            "encoder": "lite0", "image_size": "64", "imagenet": "false", "embedding": "12", "units": "16", "heads": "2", "key_units": "8",
            "min_count": "1", "max_words": "8", "captions_per_photo": "3", "photos_per_batch": "5", "clip_norm": "0.5",
            "frozen_blocks": "12", "decoder_epochs": "2", "joint_epochs": "1", "reward_epochs": "1",
        },
        {"dropout": "0", "feature_dropout": "0"},
    ),
}  # fmt: skip
