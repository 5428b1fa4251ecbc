"""Masks by torchvision's LR-ASPP on MobileNetV3 (Howard et al. 2019): PHOTOS MASKS. The weights are random: only its time matters."""

import sys
from pathlib import Path

import torch
from PIL import Image
from torchvision.models.segmentation import lraspp_mobilenet_v3_large
from torchvision.transforms.functional import normalize, pil_to_tensor, resize

SIDE = 520  # pixels: the shorter side, as in torchvision's own evaluation


def main() -> None:
    """Write a mask for each photo."""
    photos, masks = map(Path, sys.argv[1:3])
    masks.mkdir(exist_ok=True)
    network = lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21).eval()
    with torch.inference_mode():
        for path in sorted(photos.iterdir()):
            photo = Image.open(path).convert("RGB")
            pixels = resize(pil_to_tensor(photo) / 255, SIDE)
            scores = network(normalize(pixels, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))[None])["out"]
            mask = Image.fromarray(scores[0].argmax(0).byte().numpy())
            mask.resize(photo.size, Image.Resampling.NEAREST).save(masks / f"{path.stem}.png")


if __name__ == "__main__":
    main()
