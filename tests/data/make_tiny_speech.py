"""Make tests/data/tiny_speech: an untrained WaveNet that says noise for the digits, in two voices.

python tests/data/make_tiny_speech.py
"""

from pathlib import Path

import keras
import numpy as np

from mediakit.datasets.origin import own_data
from mediakit.datasets.spoken_words import Recording
from mediakit.recipes import wavenet
from mediakit.runtime import model_folder
from mediakit.training.export import export_network
from mediakit.training.recordings import Data

FOLDER = Path(__file__).parent / "tiny_speech"


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    config = wavenet.Config(channels=2, skip=4, mixture=2, window=2, dilations=4, cycles=1, template=3, condition=2, hidden=3)
    digits, speakers = [str(digit) for digit in range(10)], ["ada", "ben"]
    rng = np.random.default_rng(0)
    recordings = [
        Recording(digit, speaker, rng.normal(0, 0.1, 800 + 40 * number).astype(np.float32), config.sample_rate)
        for digit in digits
        for speaker in speakers
        for number in range(3)
    ]
    data = Data(recordings, [], digits, speakers, own_data(FOLDER, "recordings"))
    model = wavenet.build(config, data)
    networks = {name: export_network(export, FOLDER / f"{name}.tflite") for name, export in wavenet.networks(config, data, model).items()}
    files = {}
    for name, write in wavenet.files(config, data).items():
        write(FOLDER / name)
        files[Path(name).stem] = model_folder.describe_file(FOLDER / name)
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "audio/tiny",
            "task": "speech",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"validation": 2},
            "parameters": model.count_params(),
            "license": "Apache-2.0",
            "summary": "Says noise.",
            "networks": networks,
            "files": files,
        },
    )


if __name__ == "__main__":
    main()
