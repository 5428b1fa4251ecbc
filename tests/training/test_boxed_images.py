"""Augmented images keep their boxes, and objects get their default boxes."""

import numpy as np
import pytest

from mediakit.datasets.boxed_images import BoxedImage
from mediakit.media.image_files import to_image
from mediakit.tasks.detection.boxes import corners, default_boxes, iou
from mediakit.training.boxed_images import BACKGROUND, IGNORED, Augmentation, Matcher, Scene, TrainingImages, augment, mosaic

PLAIN = Augmentation(gain=0, shift=0, grey=0)


def scene(box=(0.25, 0.5, 0.5, 0.75), size=64):
    """A black image with a white rectangle."""
    image = np.zeros((size, size, 3), np.uint8)
    x0, y0, x1, y1 = (np.array(box) * size).astype(int)
    image[y0:y1, x0:x1] = 255
    return Scene(image, np.array([box]), np.array([1]), np.ones(1))


def test_boxes_move_with_their_pixels():
    seen = 0
    for seed in range(40):
        changed = augment(scene(), np.random.default_rng(seed), PLAIN, 80, 60)
        assert changed.image.shape == (60, 80, 3)
        for box, label in zip(changed.boxes, changed.labels, strict=True):
            rows, columns = np.nonzero(changed.image.min(axis=2) > 200)
            found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / [80, 60, 80, 60]
            if label == 1:
                assert np.allclose(found, box, atol=2 / 60)
                seen += 1
    assert seen > 20


def test_an_object_mostly_cut_off_is_ignored():
    labels = set()
    for seed in range(60):
        changed = augment(scene((0.0, 0.0, 1.0, 1.0)), np.random.default_rng(seed), Augmentation(zoom=(3.0, 3.0), visible=0.5), 64, 64)
        labels.update(changed.labels.tolist())
    assert labels == {IGNORED}  # a ninth of it is left


def test_a_mosaic_puts_images_and_boxes_in_their_places():
    place = (32, 0, 64, 32)
    quarter = scene(size=32)
    dark = Scene(np.zeros((64, 64, 3), np.uint8)[:32, :32], np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    whole = mosaic([(dark, (0, 0, 32, 32)), (quarter, place), (dark, (0, 32, 32, 64)), (dark, (32, 32, 64, 64))], 64)
    assert whole.boxes.tolist() == [[0.625, 0.25, 0.75, 0.375]]
    assert whole.image[16:24, 40:48].min() == 255 and whole.image.sum() == quarter.image.sum()


def test_every_object_gets_default_boxes_near_to_it():
    defaults = default_boxes(64, (8, 16), 4.0, (0.5, 1.0, 2.0))
    match = Matcher(defaults, [3 * 64, 3 * 16])
    boxes = np.array([[0.1, 0.1, 0.6, 0.6], [0.5, 0.5, 0.55, 0.55], [0.2, 0.5, 0.9, 1.0]])
    label, box, score = match(Scene(np.zeros((64, 64, 3), np.uint8), boxes, np.array([0, 1, IGNORED]), np.array([1.0, 0.5, 1.0])))
    overlaps = iou(corners(defaults)[:, None], boxes)
    for number, expected in ((0, 1.0), (1, 0.5)):
        own = label == number
        assert own.any() and np.allclose(box[own], boxes[number]) and np.allclose(score[own], expected)
        assert overlaps[own, number].max() == pytest.approx(overlaps[:, number].max(), rel=1e-5)
    assert overlaps[label == 0, 0].min() > overlaps[label != 0, 0].mean()
    assert (label == IGNORED).any() and (label == BACKGROUND).sum() > len(label) / 2


@pytest.fixture
def images(tmp_path):
    made = []
    for number in range(5):
        to_image(scene().image).save(tmp_path / f"{number}.png")
        box = np.array([[0.25, 0.5, 0.5, 0.75]], np.float32)
        made.append(BoxedImage(tmp_path / f"{number}.png", box, np.array([number % 2], np.int32), np.ones(1, np.float32), (2,)))
    return made


def test_batches_follow_from_the_step_alone_and_take_each_image_in_turn(images, tmp_path):
    defaults = default_boxes(64, (8,), 2.0, (1.0,))
    data = TrainingImages(images, 3, 64, defaults, [64], Augmentation(mosaic=0.5), 4, 3, tmp_path / "cache", seed=1)
    data.prepare()
    batches = list(data.batches(1, 0))
    assert len(batches) == 3 and all(batch["image"].shape == (4, 64, 64, 3) and batch["label"].shape == (4, 64) for batch in batches)
    for name, part in next(data.batches(1, 2)).items():
        assert np.array_equal(part, batches[2][name])
    assert batches[0]["labelled"].tolist() == [[1, 1, 0]] * 4
    numbers = [number for step in range(5) for number in data._numbers(step)]
    assert all(sorted(numbers[i : i + 5]) == list(range(5)) for i in range(0, 20, 5))
