"""Average precision against pycocotools."""

import numpy as np
import pytest

from mediakit.tasks.detection.average_precision import Boxes, average_precisions, match_class


def scene(rng):
    """True boxes of an image, and detections that miss some, repeat some and invent others."""
    truth = rng.uniform(0, 70, (rng.integers(0, 6), 2))
    truth = np.concatenate([truth, truth + rng.uniform(5, 30, truth.shape)], axis=1)
    labels = rng.integers(0, 3, len(truth))
    found = np.concatenate([truth, truth, rng.uniform(0, 90, (3, 4))]) + rng.normal(0, 2, (2 * len(truth) + 3, 4))
    found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
    kept = rng.random(len(found)) < 0.7
    found_labels = np.concatenate([labels, labels, rng.integers(0, 3, 3)])
    scores = np.round(rng.random(len(found)), 2)
    return Boxes(truth, labels, np.ones(len(truth))), Boxes(found[kept], found_labels[kept], scores[kept])


def by_pycocotools(truth, found):
    coco = pytest.importorskip("pycocotools.coco")
    from pycocotools.cocoeval import COCOeval

    def rows(parts):
        for image, part in enumerate(parts):
            for (x0, y0, x1, y1), label, score in zip(part.boxes.tolist(), part.labels, part.scores, strict=True):
                box = {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0), "iscrowd": 0}
                yield {"image_id": image, "category_id": int(label), "score": float(score), **box}

    gold = coco.COCO()
    gold.dataset = {
        "images": [{"id": i} for i in range(len(truth))],
        "categories": [{"id": i} for i in range(3)],
        "annotations": [{**row, "id": i + 1} for i, row in enumerate(rows(truth))],
    }
    gold.createIndex()
    measured = COCOeval(gold, gold.loadRes(list(rows(found))), "bbox")
    measured.evaluate()
    measured.accumulate()
    return measured.eval["precision"][:, :, :, 0, 2].mean(axis=1).T


@pytest.mark.parametrize("seed", range(3))
def test_average_precision_is_pycocotools(seed):
    rng = np.random.default_rng(seed)
    truth, found = zip(*(scene(rng) for _ in range(30)), strict=True)
    own = average_precisions(truth, found, 3)
    assert np.allclose(np.array([own[i] for i in range(3)]), by_pycocotools(truth, found), atol=1e-6)


def test_perfect_and_absent_detections():
    boxes = Boxes(np.array([[0, 0, 1, 1.0]]), np.array([1]), np.array([0.9]))
    nothing = Boxes(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    assert average_precisions([boxes, nothing], [boxes, nothing], 2)[1].tolist() == [1.0] * 10
    assert average_precisions([boxes], [nothing], 2)[1].tolist() == [0.0] * 10
    assert 0 not in average_precisions([boxes], [boxes], 2)


def test_images_that_count_twice_are_images_given_twice():
    rng = np.random.default_rng(5)
    truth, found = zip(*(scene(rng) for _ in range(8)), strict=True)
    repeats = np.array([0, 2, 1, 1, 3, 0, 1, 1])
    several = [i for i, count in enumerate(repeats) for _ in range(count)]
    expected = match_class([truth[i] for i in several], [found[i] for i in several], 1).average_precision()
    assert np.allclose(match_class(truth, found, 1).average_precision(repeats), expected)
