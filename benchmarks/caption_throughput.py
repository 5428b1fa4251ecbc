"""Photos per second and memory of `mediakit caption` on folders.

    python benchmarks/caption_throughput.py [--photos FOLDER] [--model NAME] [--count 1000] [--times 3]

Runs the command on a small and a large folder in turn. The first rate includes start-up. The second does not: it is computed from
the differences between the large and the small folder. Without --photos, copies of the sample photos are used.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

import measuring

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=Path(__file__).parents[1] / "samples")
    parser.add_argument("--model", default="captioning", help="shipped model or model folder")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--beam", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


def fill(folder: Path, photos: list[Path], count: int) -> Path:
    """Fill a folder with copies of `count` photos, repeating them if there are too few."""
    folder.mkdir()
    for i in range(count):
        photo = photos[i % len(photos)]
        shutil.copyfile(photo, folder / f"{i:06d}{photo.suffix}")
    return folder


def main() -> None:
    """Measure and print."""
    args = arguments()
    photos = sorted(path for path in args.photos.iterdir() if path.suffix.lower() in SUFFIXES)
    few_count = max(args.count // 10, 1)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        few = fill(Path(scratch) / "few", photos, few_count)
        many = fill(Path(scratch) / "many", photos, args.count)
        for beam in args.beam:
            options = ["--model", args.model, "--beam", str(beam), "--json", "--quiet"]
            command = [measuring.mediakit_command(), "caption"]
            runs = measuring.in_turn({"few": [*command, str(few), *options], "many": [*command, str(many), *options]}, args.times)
            pairs = list(zip(runs["few"], runs["many"], strict=True))
            steady = statistics.median((args.count - few_count) / (b.seconds - a.seconds) for a, b in pairs)
            growth = statistics.median(b.peak_mb - a.peak_mb for a, b in pairs)
            whole = args.count / measuring.median_seconds(runs["many"])
            peak = measuring.peak_mb(runs["many"])
            rows.append([str(beam), f"{whole:.1f}", f"{steady:.1f}", f"{peak:.0f}", f"{growth:+.0f}"])
    print(measuring.machine())
    header = [
        "beam",
        f"photos/s, {args.count} photos",
        "photos/s without start-up",
        "peak MB",
        f"MB more than {few_count} photos",
    ]
    measuring.print_table(header, rows)


if __name__ == "__main__":
    main()
