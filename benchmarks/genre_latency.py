"""The time to find the genres of a two-minute film from a cold shell, compared with just decoding the file once.

    python benchmarks/genre_latency.py [--film FILE] [--model NAME] [--times 5]

Without --film, a film is made from the sample photos: 1280 x 720 pixels, 24 frames per second, MPEG-4. Each command runs in a fresh
process, in turn.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import measuring

DECODE = """
import av, sys
for frame in av.open(sys.argv[1]).decode(video=0):
    frame.to_ndarray(format="rgb24")
"""
SIZE, RATE, SECONDS = (1280, 720), 24, 120


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--film", help="a video file")
    parser.add_argument("--make", type=Path, metavar="FILE.mp4", help="only make the film that is used without --film")
    parser.add_argument("--model", default="trailer_genre", help="shipped model or model folder")
    parser.add_argument("--times", type=int, default=5)
    return parser.parse_args()


def make_film(path: Path) -> None:
    """Pans over the sample photos, eight seconds each."""
    import av
    import numpy as np
    from PIL import Image

    width, height = SIZE
    photos = []
    for file in sorted((Path(__file__).parents[1] / "samples").glob("*.jpg")):
        photo = Image.open(file).convert("RGB")
        wide = width * 5 // 4
        photos.append(np.asarray(photo.resize((wide, max(height, photo.height * wide // photo.width)))))
    with av.open(str(path), "w") as film:
        stream = film.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height = SIZE
        for i in range(RATE * SECONDS):
            photo, moved = photos[i // (8 * RATE) % len(photos)], i % (8 * RATE) / (8 * RATE)
            left, top = int(moved * (photo.shape[1] - width)), int(0.3 * (photo.shape[0] - height))
            frame = np.ascontiguousarray(photo[top : top + height, left : left + width])
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode(None))


def main() -> None:
    """Measure and print."""
    args = arguments()
    if args.make:
        make_film(args.make)
        return
    with tempfile.TemporaryDirectory() as scratch:
        film = args.film or str(Path(scratch) / "film.mp4")
        if not args.film:
            make_film(Path(film))
        genre = [measuring.mediakit_command(), "genre", film, "--model", args.model, "--quiet"]
        compared = {
            "decoding all of it, PyAV": [sys.executable, "-c", DECODE, film],
            "mediakit genre": genre,
            "mediakit genre --per-shot": [*genre, "--per-shot"],
        }
        runs = measuring.in_turn(compared, args.times)
    first = runs["decoding all of it, PyAV"]
    rows = []
    for name, done in runs.items():
        times = sorted(run.seconds for run in done)
        spread = f"{statistics.median(times):.2f} ({times[0]:.2f} to {times[-1]:.2f})"
        rows.append([name, spread, f"{measuring.ratio(done, first):.2f}", f"{measuring.peak_mb(done):.0f}"])
    print(measuring.machine())
    measuring.print_table(["one film, fresh process", f"s, median of {args.times}", "this / decoding", "peak MB"], rows)


if __name__ == "__main__":
    main()
