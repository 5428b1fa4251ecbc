"""Images per second of `mediakit synthesize`, and 16 from a cold shell, compared with the same generator in PyTorch (random weights).

    python benchmarks/synthesize_throughput.py [--model style_gan/emoji] [--times 5] [--count 512] [--torch-python PYTHON]

All use as many threads as there are processors: mediakit generates images in parallel, PyTorch computes each batch with all threads.
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
    parser.add_argument("--model", default="style_gan/emoji", help="shipped StyleGAN model or model folder")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--count", type=int, default=512, help="images of a warm run")
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch")
    return parser.parse_args()


def plan_of(model: str) -> dict:
    """The sizes of a model's networks, from the recipe's config."""
    import mediakit

    draw = mediakit.load(model)
    return draw.folder.manifest["config"] | {"channels": draw.shape[2], "classes": len(draw.classes)}


def main() -> None:
    """Measure and print."""
    args = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plan.json"
        plan.write_text(json.dumps(plan_of(args.model)))
        ours = [sys.executable, str(measuring.SUBJECTS / "mediakit_synthesize.py"), args.model, str(args.count)]
        torch = [str(measuring.SUBJECTS / "torch_synthesize.py"), str(plan)]
        sheet = str(Path(scratch) / "sheet.png")
        command = [measuring.mediakit_command(), "synthesize", "--model", args.model, "--n", "16", "-o", sheet]
        others = {f"PyTorch, batches of {batch}": [*torch, batch, str(args.count), "warm"] for batch in ("1", "16")}
        warm = measuring.in_turn(measuring.beside_torch("mediakit", ours, args.torch_python, others), args.times)
        others = {"PyTorch, a batch of 16": [*torch, "16", "16"]}
        cold = measuring.in_turn(measuring.beside_torch("mediakit synthesize", command, args.torch_python, others), args.times)
    measuring.print_rates(warm, "warm", "images/s")
    print()
    rows = [[name, f"{measuring.median_seconds(runs):.2f}", f"{measuring.peak_mb(runs):.0f}"] for name, runs in cold.items()]
    measuring.print_table(["16 images from a cold shell", "seconds", "peak MB"], rows)


if __name__ == "__main__":
    main()
