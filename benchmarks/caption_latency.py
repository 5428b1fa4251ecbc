"""The time of one caption from a cold shell, and what else takes that long.

    python benchmarks/caption_latency.py [--photo FILE] [--model NAME] [--times 7] [--torch-python PYTHON]

Compared with a bare `import tensorflow`; with the same networks as Keras models, run the ordinary way (import, load, and `predict`
for the photo and for each word); and with BLIP-base's architecture in transformers (random weights, so only the time matters). Each
runs in a fresh process, in turn. The last column is the time of a caption once everything is loaded.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import measuring


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", default=str(Path(__file__).parents[1] / "samples" / "photographer.jpg"))
    parser.add_argument("--model", default="captioning", help="shipped model or model folder")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torch and transformers")
    return parser.parse_args()


def commands(args: argparse.Namespace, scratch: Path) -> dict[str, list[str]]:
    """The commands to compare. Makes the models that they need in `scratch`."""
    chosen = {"mediakit caption": [measuring.mediakit_command(), "caption", args.photo, "--model", args.model, "--quiet"]}
    if measuring.can_import(sys.executable, "tensorflow"):
        chosen["import tensorflow"] = [sys.executable, "-c", "import tensorflow"]
        keras = [sys.executable, str(measuring.SUBJECTS / "keras_ordinary.py")]
        measuring.run([*keras, "make", str(scratch), args.model])
        chosen["Keras, the ordinary way"] = [*keras, "caption", str(scratch), args.photo]
    else:
        print("skipping TensorFlow: not installed", file=sys.stderr)
    if measuring.can_import(args.torch_python, "torch", "transformers"):
        blip = [args.torch_python, str(measuring.SUBJECTS / "blip_base.py")]
        measuring.run([*blip, "make", str(scratch)])
        chosen["BLIP-base, transformers"] = [*blip, "caption", str(scratch), args.photo]
    else:
        print("skipping BLIP: torch or transformers is not installed (see --torch-python)", file=sys.stderr)
    return chosen


def main() -> None:
    """Measure and print."""
    args = arguments()
    with tempfile.TemporaryDirectory() as scratch:
        compared = commands(args, Path(scratch))
        runs = measuring.in_turn(compared, args.times)
        warm = {"mediakit caption": [sys.executable, str(measuring.SUBJECTS / "mediakit_warm.py"), args.model, args.photo]}
        warm |= {name: [*command, "--repeat", "7"] for name, command in compared.items() if command[-2:-1] == [scratch]}
        loaded = {name: float(measuring.run(command).output.split()[-1]) for name, command in warm.items()}
    first = runs["mediakit caption"]
    rows = []
    for name, done in runs.items():
        times = sorted(run.seconds for run in done)
        rows.append(
            [
                name,
                f"{statistics.median(times):.2f} ({times[0]:.2f} to {times[-1]:.2f})",
                f"{measuring.ratio(first, done):.2f}",
                f"{measuring.peak_mb(done):.0f}",
                f"{loaded[name] * 1000:.0f}" if name in loaded else "",
            ]
        )
    print(measuring.machine())
    header = ["one photo, fresh process", f"s, median of {args.times}", "mediakit / this", "peak MB", "ms once loaded"]
    measuring.print_table(header, rows)


if __name__ == "__main__":
    main()
