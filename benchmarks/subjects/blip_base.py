"""BLIP-base's architecture (Li et al. 2022: ViT-B/16 at 384 pixels, 12-layer text decoder) in transformers, with random weights.

    blip_base.py make FOLDER
    blip_base.py caption FOLDER PHOTO [--repeat N]

Only its time matters. It generates WORDS tokens with a beam of BEAMS, like the others here.
"""

import sys
from pathlib import Path

from repeating import run_repeatedly

WORDS, BEAMS = 11, 3


def make(folder: Path) -> None:
    """Save a model with random weights, as if it had been downloaded."""
    from transformers import BlipConfig, BlipForConditionalGeneration

    config = BlipConfig(vision_config={"image_size": 384}, text_config={"num_attention_heads": 12})
    BlipForConditionalGeneration(config).save_pretrained(folder / "blip")


def caption(folder: Path, photo: str, repeat: int) -> None:
    """Load the model and generate WORDS tokens."""
    import numpy as np
    import torch
    from PIL import Image
    from transformers import BlipForConditionalGeneration

    model = BlipForConditionalGeneration.from_pretrained(folder / "blip").eval()

    def once() -> None:
        image = np.asarray(Image.open(photo).convert("RGB").resize((384, 384)), np.float32) / 127.5 - 1
        pixels = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
        with torch.inference_mode():
            model.generate(pixel_values=pixels, num_beams=BEAMS, min_new_tokens=WORDS, max_new_tokens=WORDS)

    run_repeatedly(once, repeat)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        caption(Path(sys.argv[2]), sys.argv[3], int(sys.argv[5]) if "--repeat" in sys.argv else 0)
