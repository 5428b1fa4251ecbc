"""Photos per second of `mediakit colorize`, start included, and of a larger network (random weights, time only); one of 50 megapixels.

python benchmarks/colorize_throughput.py [--photos FOLDER] [--count 50] [--times 3]
"""

import argparse
import sys
import tempfile
from pathlib import Path

import measuring
from caption_throughput import SUFFIXES, fill

SIDES = (8660, 5774)  # of a photo of 50 megapixels


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(__file__).parents[1] / "samples")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in SUFFIXES)
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = str(fill(Path(scratch) / "photos", photos, args.count)), str(Path(scratch) / "out")
        large = Path(scratch) / "large.jpg"
        code = f"from PIL import Image; Image.open({str(photos[0])!r}).resize({SIDES}).save({str(large)!r})"
        measuring.run([sys.executable, "-c", code])  # elsewhere: a child's peak memory is never below its parent's
        colorize = [measuring.mediakit_command(), "colorize", "--out-dir", out]
        commands = {
            f"mediakit colorize, {args.count} photos": [*colorize, folder],
            "mediakit colorize, one photo": [*colorize, str(photos[0])],
            "mediakit colorize, one of 50 megapixels": [*colorize, str(large)],
        }
        if measuring.can_import(sys.executable, "keras"):
            subject = str(measuring.SUBJECTS / "keras_colorize.py")
            commands[f"the network of Zhang et al. 2016 in Keras, {args.count} photos"] = [sys.executable, subject, folder, out]
        runs = measuring.in_turn(commands, args.times)
    print(measuring.machine())
    rows = [[name, f"{measuring.median_seconds(done):.2f}", f"{measuring.peak_mb(done):.0f}"] for name, done in runs.items()]
    measuring.print_table(["", "seconds", "peak MB"], rows)


if __name__ == "__main__":
    main()
