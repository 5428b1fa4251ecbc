"""Train recipes without random numbers of their own on the logical devices of one process, or as one of several workers.

python train_on.py STRATEGY DEVICES '[["recipe", "data folder", "run folder"], …]'
"""

import json
import sys
from pathlib import Path

import keras
import tensorflow as tf
from cases import CASES

from mediakit.training.distribution import is_chief, make_strategy, wait_for_all
from mediakit.training.loading import find_recipe
from mediakit.training.session import Session
from mediakit.training.trainer import Trainer


def train(recipe: str, data: Path, run: Path, strategy: tf.distribute.Strategy) -> None:
    """One training, all of its phases."""
    found, case = find_recipe(recipe), CASES[recipe]
    session = Session.open(found, found.config({**case.settings, **case.steady}), data, strategy, run)
    Trainer(session.model, session.phases, strategy, run).train()


def main() -> None:
    """All trainings, one after the other: a strategy has to be made once, as the process starts."""
    name, devices, jobs = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
    if devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    strategy = make_strategy(name)
    for recipe, data, out in jobs:
        run = Path(out)
        run.mkdir(parents=True, exist_ok=True)
        train(recipe, Path(data), run, strategy)
        keras.backend.clear_session()
    if is_chief(strategy):
        print("done")
    wait_for_all(strategy)


if __name__ == "__main__":
    main()
