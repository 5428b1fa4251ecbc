"""Frames a second of training the music recipe, beside the same model in PyTorch.

    python benchmarks/train_music.py --data poly_music [--dataset jsb] [--times 3] [--steps 20] [--torch-python PYTHON]

Both read the same batches, made beforehand from the data set's pieces as the recipe makes them; both clip, average the weights and use
AdamW. The recipe runs in its own trainer. Each run is a process of its own, in turn; compilation is outside of the timed steps.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import measuring

SUBJECTS = Path(__file__).parent / "subjects"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder of the benchmark's piano rolls")
    parser.add_argument("--dataset", default="jsb")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20, help="timed steps of a run")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    given = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        recipe = [sys.executable, str(SUBJECTS / "train_music_recipe.py"), scratch]
        measuring.run([*recipe, given.data, given.dataset, str(given.steps)])
        commands = {"mediakit (Keras, TensorFlow)": recipe}
        if measuring.can_import(given.torch_python, "torch"):
            commands["PyTorch"] = [given.torch_python, str(SUBJECTS / "torch_music.py"), scratch]
        else:
            print("no torch here: left out (--torch-python)", file=sys.stderr)
        runs = measuring.in_turn(commands, given.times)
    rates = {name: [float(run.output.split()[-1]) for run in done] for name, done in runs.items()}
    first = rates["mediakit (Keras, TensorFlow)"]
    rows = [
        [
            name,
            f"{statistics.median(rate):.0f}",
            f"{statistics.median(a / b for a, b in zip(first, rate, strict=True)):.2f}",
            f"{measuring.peak_mb(runs[name]):.0f}",
        ]
        for name, rate in rates.items()
    ]
    print(measuring.machine())
    measuring.print_table(["training", "frames/s", "mediakit / this", "peak MB"], rows)


if __name__ == "__main__":
    main()
