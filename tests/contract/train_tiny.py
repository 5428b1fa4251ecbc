"""Run a recipe's training in a process of its own, as the contract tests need it: on logical devices, or killed on the way.

python train_tiny.py RECIPE DATA OUT '{"setting": "value"}' [--strategy NAME] [--devices N] [--kill-after SAVES]
"""

import argparse
import json
import os
import signal
from pathlib import Path

import tensorflow as tf

from mediakit.training import checkpoints, command, trainer


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe")
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("settings", type=json.loads)
    parser.add_argument("--strategy", default="one")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--kill-after", type=int, default=0)
    args = parser.parse_args()
    if args.devices > 1:
        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * args.devices)
    if args.kill_after:
        kill_after_saves(args.kill_after)
    command.train(args.recipe, args.data, args.out, args.settings, args.strategy)


def kill_after_saves(count: int) -> None:
    """Save after every step, and die like `kill -9` right after the save with this number."""
    save, done = checkpoints.save, []
    trainer.Trainer.__init__.__kwdefaults__ = None
    trainer.Trainer.__init__.__defaults__ = (0.0,)

    def save_and_die(*args: object) -> None:
        save(*args)
        done.append(1)
        if len(done) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.save = save_and_die


if __name__ == "__main__":
    main()
