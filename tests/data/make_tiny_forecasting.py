"""Make tests/data/tiny_forecasting: an untrained forecaster, whose forecasts are those of the seasonal naive method.

python tests/data/make_tiny_forecasting.py
"""

from pathlib import Path

import keras

from mediakit.recipes import forecasting
from mediakit.runtime import model_folder
from mediakit.training.export import export_network

FOLDER = Path(__file__).parent / "tiny_forecasting"


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    config = forecasting.Config(units=3)
    data = forecasting.Data([], [])
    model = forecasting.build(config, data)
    networks = {
        name: export_network(export, FOLDER / f"{name}.tflite") for name, export in forecasting.networks(config, data, model).items()
    }
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "forecasting/tiny",
            "task": "forecasting",
            "recipe": "none",
            "created": "2026-11-30",
            "config": {"units": 3},
            "parameters": model.count_params(),
            "license": "Apache-2.0",
            "summary": "Repeats the last season.",
            "networks": networks,
            "files": {},
        },
    )


if __name__ == "__main__":
    main()
