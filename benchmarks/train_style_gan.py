"""Images per second of training the StyleGAN recipe, compared with the same model in PyTorch.

    python benchmarks/train_style_gan.py [--times 3] [--steps 32] [--torch-python PYTHON] [--set NAME=VALUE]

Images are synthetic. Both models have the same number of parameters, which is checked, and the same steps: both players' losses, the
lazy penalties, augmentation, and a moving average of all weights. The recipe runs in mediakit's trainer. Each run is a process of its
own, in turn; compilation is not timed.
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
    parser.add_argument("--steps", type=int, default=32, help="timed steps per run, a multiple of 16 because of the lazy penalties")
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--classes", type=int, default=9)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="a field of the Config")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan.json"
        plan.write_text(json.dumps({name: getattr(args, name) for name in ("steps", "channels", "classes", "settings")}))
        recipe = [sys.executable, str(measuring.SUBJECTS / "train_style_gan_recipe.py"), str(plan)]
        # Completes the plan with the recipe's numbers, which the PyTorch side then reads.
        measuring.run([*recipe, "plan"])
        others = {"PyTorch": [str(measuring.SUBJECTS / "torch_train_style_gan.py"), str(plan)]}
        runs = measuring.in_turn(measuring.beside_torch(measuring.RECIPE, recipe, args.torch_python, others), args.times)
    measuring.print_rates(runs, "training", "images/s")


if __name__ == "__main__":
    main()
