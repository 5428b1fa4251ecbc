"""Batches of augmented images."""

import numpy as np
import tensorflow as tf

from mediakit.datasets.images import ImageSet
from mediakit.training.labelled_images import AugmentedImages, Changes
from mediakit.training.photos import Augmentation

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 16, 16, 3)).astype(np.uint8)
IMAGES = ImageSet(PIXELS, np.array([0, 0, 0, 0, 0, 1, 1], np.int32), ("a", "b"), ("",) * 7)
NONE = Augmentation(flip=0, crop=1, aspect=1, brightness=0, contrast=0, saturation=0)


def examples(mixup=0.0, photo=NONE, turn=0.0, backgrounds=None):
    made = AugmentedImages(IMAGES, Changes(turn, 1.0, mixup, 1.0, photo), 3, seed=1, balanced=True, backgrounds=backgrounds)
    made.prepare()
    return made


def decoded(made, batch):
    return [made.decode({name: tf.constant(part[i]) for name, part in batch.items()}) for i in range(3)]


def test_an_epoch_resumes_with_the_same_batches():
    made = examples(mixup=0.4)
    whole, rest = list(made.batches(2, 0)), list(made.batches(2, 1))
    assert len(whole) == 2 and len(rest) == 1
    assert all(np.array_equal(whole[1][name], rest[0][name]) for name in whole[1])


def test_rare_classes_weigh_more_and_without_changes_images_stay():
    made = examples()
    [batch, _] = made.batches(0, 0)
    for i, row in enumerate(decoded(made, batch)):
        np.testing.assert_allclose(row["image"], batch["image"][i], atol=0.01)
        assert row["target"].numpy().argmax() == batch["label"][i]
        np.testing.assert_allclose(row["weight"], 7 / 2 / (2 if batch["label"][i] else 5), rtol=1e-5)


def test_mixup_blends_images_and_targets_alike():
    made = examples(mixup=5.0)
    [batch, _] = made.batches(0, 0)
    for i, row in enumerate(decoded(made, batch)):
        share = max(batch["share"][i], 1 - batch["share"][i])
        np.testing.assert_allclose(row["image"], share * batch["image"][i] + (1 - share) * batch["other_image"][i], atol=0.01)
        np.testing.assert_allclose(row["target"].numpy().sum(), 1, rtol=1e-5)


def test_images_are_changed_by_the_seed_alone():
    made = examples(photo=Augmentation(), turn=20.0)
    [batch, _] = made.batches(0, 0)
    first, again = decoded(made, batch), decoded(made, batch)
    for i in range(3):
        np.testing.assert_array_equal(first[i]["image"], again[i]["image"])
        assert np.abs(first[i]["image"] - batch["image"][i]).mean() > 5


def test_plain_backgrounds_are_replaced():
    pixels = np.full((7, 48, 48, 3), 200, np.uint8)
    pixels[:, 14:, 16:32] = (200, 140, 110)
    images = ImageSet(pixels, IMAGES.labels, IMAGES.classes, IMAGES.names)
    made = AugmentedImages(images, Changes(0.0, 1.0, 0.0, 1.0, NONE), 3, 1, balanced=False, backgrounds=np.zeros((1, 48, 48, 3), np.uint8))
    made.prepare()
    [batch, _] = made.batches(0, 0)
    image = decoded(made, batch)[0]["image"].numpy()
    assert image[4, 4].max() == 0 and image[30, 24, 0] > 190
