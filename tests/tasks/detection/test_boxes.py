"""Boxes against brute force and OpenCV."""

import cv2
import numpy as np
import pytest

from mediakit.tasks.detection.boxes import corners, decode, default_boxes, iou, select, suppress


def random_boxes(rng, count):
    low = rng.uniform(0, 0.7, (count, 2))
    return np.concatenate([low, low + rng.uniform(0.05, 0.3, (count, 2))], axis=1)


def test_overlap_of_boxes_is_that_of_their_pixels():
    rng = np.random.default_rng(0)
    boxes = np.round(random_boxes(rng, 12) * 40)
    masks = np.zeros((len(boxes), 40, 40), bool)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.astype(int), strict=True):
        mask[y0:y1, x0:x1] = True
    shared = (masks[:, None] & masks).sum(axis=(2, 3))
    either = (masks[:, None] | masks).sum(axis=(2, 3))
    assert np.allclose(iou(boxes[:, None], boxes), shared / either)
    assert iou(np.zeros(4), np.zeros(4)) == 0


@pytest.mark.parametrize("seed", range(8))
def test_suppression_is_brute_force_and_opencv(seed):
    rng = np.random.default_rng(seed)
    boxes, scores = random_boxes(rng, 60), (1 + rng.permutation(60)) / 61
    expected = []
    for i in np.argsort(-scores):
        if all(iou(boxes[i], boxes[k]) <= 0.4 for k in expected):
            expected.append(int(i))
    assert suppress(boxes, scores, 0.4).tolist() == expected
    corner_and_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    assert list(cv2.dnn.NMSBoxes(corner_and_size.tolist(), scores.tolist(), 0.0, 0.4)) == expected


def test_selection_suppresses_within_a_class_only():
    boxes = np.array([[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.5, 0.52], [0.6, 0.6, 0.9, 0.9]])
    logits = np.array([[3.0, -5.0], [2.0, 1.0], [0.5, -5.0]])
    box, label = select(logits, boxes, threshold=0.0, overlap=0.5, most=10)
    assert list(zip(box.tolist(), label.tolist(), strict=True)) == [(0, 0), (1, 1), (2, 0)]
    box, label = select(logits, boxes, threshold=0.6, overlap=0.5, most=1)
    assert box.tolist() == [0]
    box, label = select(logits, boxes, threshold=9.0, overlap=0.5, most=1)
    assert box.shape == label.shape == (0,)


def test_default_boxes_have_their_places_areas_and_ratios():
    boxes = default_boxes(64, (8, 16), scale=4.0, ratios=(0.5, 2.0))
    assert boxes.shape == (2 * (64 + 16), 4) and boxes.dtype == np.float32
    assert boxes[2].tolist() == pytest.approx([12 / 64, 4 / 64, 0.5 * 0.5**0.5, 0.5 * 2**0.5])
    assert np.allclose(boxes[:, 2] / boxes[:, 3], np.tile([0.5, 2.0], 80))
    assert np.allclose(np.sqrt(boxes[128:, 2] * boxes[128:, 3]), 1.0)


def test_offsets_move_and_scale_default_boxes():
    default = np.array([[0.5, 0.4, 0.2, 0.1]])
    assert np.allclose(corners(default), [[0.4, 0.35, 0.6, 0.45]])
    low, high = decode(np.array([[0.1, -0.2, np.log(2), 0.0]]), default)
    assert np.allclose(low, [[0.32, 0.33]]) and np.allclose(high, [[0.72, 0.43]])
