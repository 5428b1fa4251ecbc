"""Colorize the photos of a folder by the network of Zhang, Isola and Efros 2016 (table 4) in Keras, random weights: PHOTOS OUT."""

import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers
from PIL import Image

SIZE = 256  # of the network's input, as published
# Channels, strides and dilations of each block's convolutions.
BLOCKS = (
    *((64, (1, 2), 1), (128, (1, 2), 1), (256, (1, 1, 2), 1), (512, (1, 1, 1), 1)),
    *((512, (1, 1, 1), 2), (512, (1, 1, 1), 2), (512, (1, 1, 1), 1)),
)
BINS = 313  # of a* and b*


def network() -> keras.Model:
    """Lightness `[batch, 256, 256, 1]` to a* and b* `[batch, 64, 64, 2]`."""
    x = lightness = keras.Input((SIZE, SIZE, 1))
    for channels, strides, dilation in BLOCKS:
        for stride in strides:
            x = layers.Conv2D(channels, 3, stride, "same", dilation_rate=dilation, activation="relu")(x)
        x = layers.BatchNormalization()(x)
    x = layers.Conv2DTranspose(256, 4, 2, "same", activation="relu")(x)
    for _ in range(2):
        x = layers.Conv2D(256, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(BINS, 1, activation="softmax")(x)
    return keras.Model(lightness, layers.Conv2D(2, 1, use_bias=False)(x))


def main() -> None:
    """Write each photo with a new a* and b*, converted by Pillow."""
    photos, out = map(Path, sys.argv[1:3])
    out.mkdir(exist_ok=True)
    model = network()
    for path in sorted(photos.iterdir()):
        lightness = Image.open(path).convert("L")
        small = np.asarray(lightness.resize((SIZE, SIZE)), np.float32)[None, ..., None]
        chroma = np.clip(model.predict_on_batch(small)[0] + 128, 0, 255).astype(np.uint8)
        planes = [Image.fromarray(np.ascontiguousarray(chroma[..., i])).resize(lightness.size) for i in (0, 1)]
        Image.merge("YCbCr", (lightness, *planes)).convert("RGB").save(out / f"{path.stem}.jpg")


if __name__ == "__main__":
    main()
