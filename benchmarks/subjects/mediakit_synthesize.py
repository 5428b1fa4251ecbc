"""Pictures by a model folder: MODEL COUNT. Draws COUNT pictures, then once more, timed, and prints the pictures a second."""

import sys
import time

import mediakit


def main() -> None:
    """Draw."""
    draw, count = mediakit.load(sys.argv[1]), int(sys.argv[2])
    for timed in (False, True):
        began = time.perf_counter()
        for picture in draw.stream(range(count)):
            assert picture.premultiplied.any()
        if timed:
            print(count / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
