"""The same synthetic training data for every framework."""

import functools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np


def batches(plan: dict[str, Any], steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of regions float32 `[photos, regions, channels]` and captions int32 `[photos, captions, words + 2]`.

    Features are stored in float16 and converted to float32 per batch, as in the recipe.
    """
    features, captions = _made(json.dumps(plan))
    random = np.random.default_rng(1)
    for _ in range(steps):
        rows = random.integers(len(features), size=plan["photos_per_batch"])
        yield features[rows].astype(np.float32), captions[rows]


@functools.cache
def _made(plan_text: str) -> tuple[np.ndarray, np.ndarray]:
    """Features, and captions of 8 to 16 words: 1 is the start, 2 the end, 0 padding, and words start at 4."""
    plan = json.loads(plan_text)
    random = np.random.default_rng(0)
    photos, length = 10 * plan["photos_per_batch"], plan["max_words"] + 2
    features = random.random((photos, plan["regions"], plan["channels"]), np.float32).astype(np.float16)
    captions = random.integers(4, plan["vocabulary"], (photos, plan["captions_per_photo"], length), np.int32)
    captions[:, :, 0] = 1
    ends = random.integers(9, min(18, length), captions.shape[:2])[..., None]
    positions = np.arange(length)
    captions[positions == ends] = 2
    captions[positions > ends] = 0
    return features, captions
