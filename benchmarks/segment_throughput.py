"""Photos per second of `mediakit segment`, start included, beside OpenCV's GrabCut and torchvision's small network (random weights).

    python benchmarks/segment_throughput.py [--photos FOLDER] [--count 100] [--times 3] [--torch-python PYTHON]

All write a mask for each photo. GrabCut starts from a rectangle a twentieth inside the photo's border.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import measuring
from caption_throughput import SUFFIXES, fill

MODELS = ("segmentation/everyday", "segmentation/streets")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(__file__).parents[1] / "samples")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--torch-python", default=sys.executable, help="a Python with torchvision")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in SUFFIXES)
    with tempfile.TemporaryDirectory() as scratch:
        folder, masks = str(fill(Path(scratch) / "photos", photos, args.count)), str(Path(scratch) / "masks")
        commands = {
            f"mediakit segment --model {model}": [measuring.mediakit_command(), "segment", folder, "--masks", masks, "--model", model]
            for model in MODELS
        }
        commands["OpenCV's GrabCut"] = [sys.executable, str(measuring.SUBJECTS / "grabcut.py"), folder, masks]
        if measuring.can_import(args.torch_python, "torchvision"):
            subject = str(measuring.SUBJECTS / "torchvision_segment.py")
            commands["torchvision's LR-ASPP, MobileNetV3"] = [args.torch_python, subject, folder, masks]
        else:
            print("skipping torchvision: not installed (see --torch-python)", file=sys.stderr)
        runs = measuring.in_turn(commands, args.times)
    print(measuring.machine())
    rows = [[name, f"{args.count / measuring.median_seconds(done):.1f}", f"{measuring.peak_mb(done):.0f}"] for name, done in runs.items()]
    measuring.print_table([f"{args.count} photos", "photos/s", "peak MB"], rows)


if __name__ == "__main__":
    main()
