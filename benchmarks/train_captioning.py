"""Examples a second of the captioning recipe's cross-entropy phase, beside the same model in PyTorch.

    python benchmarks/train_captioning.py [--times 3] [--steps 40] [--torch-python PYTHON] [--set NAME=VALUE]

An example is a photo with its five captions. Both train on the same made-up features (float16, as the recipe caches
them), captions of Flickr8k's lengths and vocabulary size; both clip, average the weights and use Adam. The recipe runs
in its own trainer. Each run is a process of its own, in turn; compilation is outside of the timed steps.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import measuring

SUBJECTS = Path(__file__).parent / "subjects"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40, help="timed steps of a run")
    parser.add_argument("--vocabulary", type=int, default=2917)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="NAME=VALUE", help="of the Config")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    given = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan.json"
        recipe = [sys.executable, str(SUBJECTS / "train_recipe.py"), str(plan)]
        plan.write_text(json.dumps({"steps": given.steps, "vocabulary": given.vocabulary, "settings": given.settings}))
        # The plan is completed with the recipe's own numbers, which the other side then reads.
        measuring.run([*recipe, "plan"])
        commands = {"mediakit (Keras, TensorFlow)": recipe}
        if measuring.can_import(given.torch_python, "torch"):
            torch = [given.torch_python, str(SUBJECTS / "train_torch.py"), str(plan)]
            commands |= {"PyTorch, float32": torch, "PyTorch, bfloat16 autocast": [*torch, "bfloat16"]}
        else:
            print("no torch here: left out (--torch-python)", file=sys.stderr)
        runs = measuring.in_turn(commands, given.times)
    rates = {name: [float(run.output.split()[-1]) for run in done] for name, done in runs.items()}
    first = rates["mediakit (Keras, TensorFlow)"]
    rows = [
        [
            name,
            f"{statistics.median(rate):.1f}",
            f"{statistics.median(a / b for a, b in zip(first, rate, strict=True)):.2f}",
            f"{measuring.peak_mb(runs[name]):.0f}",
        ]
        for name, rate in rates.items()
    ]
    print(measuring.machine())
    measuring.print_table(["cross-entropy phase", "examples/s", "mediakit / this", "peak MB"], rows)


if __name__ == "__main__":
    main()
