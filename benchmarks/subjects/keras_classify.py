"""Print the best class of each photo in a folder by MobileNetV2 of keras.applications, random weights, in batches of 32: FOLDER."""

import sys
from pathlib import Path

import keras
import numpy as np

model = keras.applications.MobileNetV2(weights=None)
files = sorted(Path(sys.argv[1]).iterdir())
for start in range(0, len(files), 32):
    batch = files[start : start + 32]
    photos = [keras.utils.img_to_array(keras.utils.load_img(file, target_size=(224, 224))) for file in batch]
    best = model.predict_on_batch(keras.applications.mobilenet_v2.preprocess_input(np.stack(photos))).argmax(axis=1)
    for file, label in zip(batch, best, strict=True):
        print(f"{file}\t{label}")
