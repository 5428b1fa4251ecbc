"""Frames per second of training the music recipe, compared with the same model in PyTorch.

    python benchmarks/train_music.py --data poly_music [--dataset jsb] [--times 3] [--steps 20] [--torch-python PYTHON]

Both read the same batches, prepared from the data set as the recipe does. Both clip gradients, average the weights and use AdamW. The
recipe runs in mediakit's trainer. Each run is a process of its own, in turn; compilation is not timed.
"""

import argparse
import sys
import tempfile

import measuring


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder of the benchmark's piano rolls")
    parser.add_argument("--dataset", default="jsb")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20, help="timed steps per run")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        recipe = [sys.executable, str(measuring.SUBJECTS / "train_music_recipe.py"), scratch]
        measuring.run([*recipe, args.data, args.dataset, str(args.steps)])
        others = {"PyTorch": [str(measuring.SUBJECTS / "torch_music.py"), scratch]}
        runs = measuring.in_turn(measuring.beside_torch(measuring.RECIPE, recipe, args.torch_python, others), args.times)
    measuring.print_rates(runs, "training", "frames/s")


if __name__ == "__main__":
    main()
