"""Examples per second of the captioning recipe's cross-entropy phase, compared with the same model in PyTorch.

    python benchmarks/train_captioning.py [--times 3] [--steps 40] [--torch-python PYTHON] [--set NAME=VALUE]

An example is a photo with its five captions. Both train on the same synthetic features (float16, as the recipe caches them) and on
captions with Flickr8k's lengths and vocabulary size. Both clip gradients, average the weights and use Adam. The recipe runs in
mediakit's trainer. Each run is a process of its own, in turn; compilation is not timed.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import measuring


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="timed steps per run")
    parser.add_argument("--vocabulary", type=int, default=2917)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="a field of the Config")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan.json"
        recipe = [sys.executable, str(measuring.SUBJECTS / "train_captioning_recipe.py"), str(plan)]
        plan.write_text(json.dumps({"steps": args.steps, "vocabulary": args.vocabulary, "settings": args.settings}))
        # Completes the plan with the recipe's numbers, which the PyTorch side then reads.
        measuring.run([*recipe, "plan"])
        torch = [str(measuring.SUBJECTS / "torch_captioning.py"), str(plan)]
        others = {"PyTorch, float32": torch, "PyTorch, bfloat16 autocast": [*torch, "bfloat16"]}
        runs = measuring.in_turn(measuring.beside_torch(measuring.RECIPE, recipe, args.torch_python, others), args.times)
    measuring.print_rates(runs, "cross-entropy phase", "examples/s")


if __name__ == "__main__":
    main()
