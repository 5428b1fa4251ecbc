"""Make tests/data/tiny_traffic: four roads in a row; a road's forecast is half its last speed, relative to free
flow, and half the mean of its neighbours'.

python tests/data/make_tiny_traffic.py
"""

from pathlib import Path

import keras
import numpy as np

from mediakit.recipes import traffic
from mediakit.runtime import model_folder
from mediakit.tasks.traffic.graph import neighbourhoods
from mediakit.tasks.traffic.profiles import DailyProfile
from mediakit.tasks.traffic.road_network import RoadNetwork
from mediakit.tasks.traffic.windows import HORIZON, OWN_CHANNELS
from mediakit.training.export import export_network
from mediakit.training.traffic import Readings

FOLDER = Path(__file__).parent / "tiny_traffic"
SETTINGS = {"units": 2, "hidden": 2, "hops": 1, "minutes": 5, "miles": True, "graph": True, "reach": 0.0, "kernel": 2.6, "train_part": 0.8}


def main() -> None:
    """Write the folder."""
    FOLDER.mkdir(exist_ok=True)
    keras.utils.set_random_seed(0)
    config = traffic.Config(**SETTINGS)
    graph = np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)
    profile = DailyProfile(np.full((2, 288, 4), -0.1, np.float32), np.full(4, 0.1, np.float32))
    roads = RoadNetwork(["a", "b", "c", "d"], graph, np.array([60.0, 60, 60, 30]), profile)
    nothing = np.zeros(0, np.int64)
    supports = neighbourhoods(SETTINGS, graph, roads.free_flow)
    data = traffic.Data(roads, supports, Readings(np.zeros((0, 4)), nothing, nothing, 288), 0)
    model = traffic.build(config, data)
    change = model.get_layer("road_forecaster").get_layer("change")
    kernel = np.zeros(change.kernel.shape, np.float32)
    own = config.hidden + config.units + HORIZON  # where the last readings stand among what the layer sees
    kernel[own], kernel[own + OWN_CHANNELS] = -0.5, 0.5
    change.kernel.assign(kernel)
    networks = {name: export_network(export, FOLDER / f"{name}.tflite") for name, export in traffic.networks(config, data, model).items()}
    roads.save(FOLDER / "roads.npz")
    model_folder.write_manifest(
        FOLDER,
        {
            "format_version": model_folder.FORMAT_VERSION,
            "name": "traffic/tiny",
            "task": "traffic",
            "recipe": "none",
            "created": "2026-11-30",
            "config": SETTINGS,
            "parameters": model.count_params(),
            "license": "Apache-2.0",
            "summary": "Halfway to the neighbours.",
            "networks": networks,
            "files": {"roads": model_folder.describe_file(FOLDER / "roads.npz")},
        },
    )


if __name__ == "__main__":
    main()
