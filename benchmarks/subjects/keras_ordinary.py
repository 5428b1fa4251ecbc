"""The captioning networks as Keras models, run as in a tutorial: import, load_model, predict.

    keras_ordinary.py make FOLDER MODEL           save the encoder, head and decoder with MODEL's shapes and random weights
    keras_ordinary.py caption FOLDER PHOTO [--repeat N]

With random weights, it generates WORDS words for each of BEAMS rows, which is what a beam search computes. With --repeat, it prints the
median seconds of a caption once everything is loaded.
"""

import os
import sys
from pathlib import Path

from repeating import run_repeatedly

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
WORDS, BEAMS = 11, 3  # 10 words and the end, a typical caption


def make(folder: Path, model: str) -> None:
    """Build the recipe's networks with the shipped model's config and save them."""
    from mediakit.recipes import captioning
    from mediakit.runtime.model_folder import open_folder

    shipped = open_folder(model)
    config = captioning.Config(**{**shipped.manifest["config"], "imagenet": False})
    data = captioning.read_files(config, shipped)
    for name, network in captioning.networks(config, data, captioning.build(config, data)).items():
        network.model.save(folder / f"{name}.keras")


def caption(folder: Path, photo: str, repeat: int) -> None:
    """Load the networks and generate WORDS words."""
    import keras
    import numpy as np
    from PIL import Image

    from mediakit.layers import attention, standardize  # noqa: F401  registers layers that loading needs

    encoder, head, decoder = (keras.models.load_model(folder / f"{name}.keras") for name in ("encoder", "head", "decoder"))
    size = encoder.inputs[0].shape[1]

    def once() -> None:
        image = np.asarray(Image.open(photo).convert("RGB").resize((size, size)), np.float32)[None]
        regions = encoder.predict({"image": image}, verbose=0)
        photo_side = head.predict(regions, verbose=0)
        seen = {name: np.repeat(photo_side[name], BEAMS, axis=0) for name in decoder.input if name != "tokens"}
        tokens = np.ones(BEAMS, np.int32)
        for _ in range(WORDS):
            step = decoder.predict({**seen, "tokens": tokens}, verbose=0)
            tokens = step["log_probabilities"].argmax(axis=-1).astype(np.int32)
            seen.update(state_h=step["state_h"], state_c=step["state_c"])

    run_repeatedly(once, repeat)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), sys.argv[3])
    else:
        caption(Path(sys.argv[2]), sys.argv[3], int(sys.argv[5]) if "--repeat" in sys.argv else 0)
