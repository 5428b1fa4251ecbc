"""The captioning networks as Keras models, run as a tutorial would: import, load_model, predict.

    keras_ordinary.py make FOLDER MODEL           write encoder.keras and decoder.keras of MODEL's shape, random weights
    keras_ordinary.py caption FOLDER PHOTO [--repeat N]

Random weights say nothing sensible, so it writes WORDS words for each of BEAMS rows: what a beam search would compute.
With --repeat it prints the median seconds of a caption once all is loaded.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
WORDS, BEAMS = 11, 3  # 10 words and the end: a usual caption


def make(folder: Path, model: str) -> None:
    """Build the recipe's networks with the shipped model's config and save them."""
    from mediakit.datasets.origin import Origin
    from mediakit.recipes import captioning
    from mediakit.runtime.model_folder import open_folder
    from mediakit.text.vocabulary import Vocabulary

    shipped = open_folder(model)
    config = captioning.Config(**{**shipped.manifest["config"], "imagenet": False})
    data = captioning.Data([], [], Vocabulary.read(shipped.file("vocabulary")), Origin("none", "none"))
    for name, network in captioning.networks(config, data, captioning.build(config, data)).items():
        network.model.save(folder / f"{name}.keras")


def caption(folder: Path, photo: str, repeat: int) -> None:
    """Load both networks and write WORDS words."""
    import keras
    import numpy as np
    from PIL import Image

    from mediakit.layers import attention  # noqa: F401  a layer that loading needs

    encoder, decoder = (keras.models.load_model(folder / f"{name}.keras") for name in ("encoder", "decoder"))
    size = encoder.inputs[0].shape[1]

    def once() -> None:
        image = np.asarray(Image.open(photo).convert("RGB").resize((size, size)), np.float32)[None]
        seen = {key: np.repeat(value, BEAMS, axis=0) for key, value in encoder.predict({"image": image}, verbose=0).items()}
        tokens = np.ones(BEAMS, np.int32)
        for _ in range(WORDS):
            said = decoder.predict({**seen, "tokens": tokens}, verbose=0)
            tokens = said["log_probabilities"].argmax(axis=-1).astype(np.int32)
            seen.update(state_h=said["state_h"], state_c=said["state_c"])

    once()
    seconds = []
    for _ in range(repeat):
        began = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - began)
    if seconds:
        print(statistics.median(seconds))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), sys.argv[3])
    else:
        caption(Path(sys.argv[2]), sys.argv[3], int(sys.argv[5]) if "--repeat" in sys.argv else 0)
