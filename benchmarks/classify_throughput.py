"""Images per second of `mediakit classify`, start included, beside MobileNetV2 run the ordinary way in Keras (random weights).

    python benchmarks/classify_throughput.py [--photos FOLDER] [--count 200] [--times 3]

Both print the best class of each photo. MobileNetV2 has 300 million multiplications at 224 pixels, EfficientNet-Lite0 407 million.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import measuring
from caption_throughput import SUFFIXES, fill


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(__file__).parents[1] / "samples")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    args = arguments()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in SUFFIXES)
    with tempfile.TemporaryDirectory() as scratch:
        folder = str(fill(Path(scratch) / "photos", photos, args.count))
        commands = {
            "mediakit classify": [measuring.mediakit_command(), "classify", folder, "--top", "1"],
            "MobileNetV2 in Keras": [sys.executable, str(measuring.SUBJECTS / "keras_classify.py"), folder],
        }
        runs = measuring.in_turn(commands, args.times)
    print(measuring.machine())
    rows = [[name, f"{args.count / measuring.median_seconds(done):.1f}", f"{measuring.peak_mb(done):.0f}"] for name, done in runs.items()]
    measuring.print_table([f"{args.count} photos", "photos/s", "peak MB"], rows)


if __name__ == "__main__":
    main()
