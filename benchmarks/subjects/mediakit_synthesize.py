"""Images from a model folder: MODEL COUNT. Generates COUNT images twice, and prints the images per second of the second time."""

import sys
import time

import mediakit


def main() -> None:
    """Generate."""
    draw, count = mediakit.load(sys.argv[1]), int(sys.argv[2])
    for timed in (False, True):
        began = time.perf_counter()
        for _, image in draw.stream(range(count)):
            assert image.premultiplied.any()
        if timed:
            print(count / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
