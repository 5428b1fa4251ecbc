"""Make tests/data/tiny_anomalies: an untrained detector, which expects the value of a season ago, or the last one.

python tests/data/make_tiny_anomalies.py
"""

from pathlib import Path

import keras

from mediakit.recipes import anomaly
from mediakit.runtime import model_folder
from mediakit.training.export import export_network

FOLDER = Path(__file__).parent / "tiny_anomalies"


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    config = anomaly.Config(units=3)
    data = anomaly.Data([], [])
    model = anomaly.build(config, data)
    networks = {name: export_network(export, FOLDER / f"{name}.tflite") for name, export in anomaly.networks(config, data, model).items()}
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "anomalies/tiny",
            "task": "anomalies",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"units": 3},
            "parameters": model.count_params(),
            "license": "Apache-2.0",
            "summary": "Expects the last season again.",
            "networks": networks,
            "files": {},
        },
    )


if __name__ == "__main__":
    main()
