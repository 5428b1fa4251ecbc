"""Training crops: photo and mask stay together; batches follow from a seed."""

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets.origin import own_data
from mediakit.datasets.segmented_photos import VOID, SegmentedPhoto, SegmentedPhotos
from mediakit.errors import DataError
from mediakit.media.masks import MaskClass
from mediakit.tasks.segmentation.canvas import Canvas
from mediakit.training.segmentation import CropAugmentation, CropBatches, FeatureBatches, MeanIoU, class_shares, random_crop, read_pair

CLASSES = (MaskClass(0, "dark", (0, 0, 0)), MaskClass(1, "light", (255, 255, 255)))


@pytest.fixture
def data(tmp_path):
    """Photos that are light where their masks say so."""
    photos = []
    for i in range(5):
        mask = np.zeros((40, 60), np.uint8)
        mask[10:30, 5 * i : 5 * i + 30] = 1
        Image.fromarray(np.repeat(220 * mask[..., None], 3, axis=-1)).save(tmp_path / f"{i}.png")
        Image.fromarray(mask).save(tmp_path / f"mask{i}.png")
        photos.append(SegmentedPhoto(str(i), tmp_path / f"{i}.png", tmp_path / f"mask{i}.png"))
    return SegmentedPhotos(tuple(photos[:4]), tuple(photos[4:]), CLASSES, (0, 1), None, own_data(tmp_path, "photos"))


def test_a_crops_mask_is_that_of_its_photo():
    rng = np.random.default_rng(0)
    mask = np.zeros((50, 70), np.uint8)
    mask[15:35, 20:50] = 1
    photo = np.repeat(220 * mask[..., None], 3, axis=-1)
    amount = CropAugmentation(48, 48, (0.5, 2.0), brightness=0.0, contrast=0.0, saturation=0.0)
    shares = []
    for _ in range(30):
        crop, labels = random_crop(photo, mask, 1.0, amount, rng)
        assert crop.shape == (48, 48, 3) and labels.shape == (48, 48)
        seen = labels != VOID
        assert ((crop[..., 0] > 110)[seen] == (labels == 1)[seen]).mean() > 0.97
        assert seen.mean() > 0.2 and (crop[5:-5, 5:-5][~seen[5:-5, 5:-5]] > 60).all()  # beyond the border, or next to it
        shares.append((labels == 1).mean())
    assert max(shares) > 3 * min(shares)


def test_batches_follow_from_the_seed(data):
    batches = CropBatches(data, Canvas(32, 48), CropAugmentation(24, 24, (0.8, 1.2)), 2, seed=5)
    first, again = list(batches(3, 0)), list(batches(3, 1))
    assert len(first) == 2 and first[0]["image"].shape == (2, 24, 24, 3) and first[0]["mask"].dtype == np.uint8
    assert all(np.array_equal(first[1][name], again[0][name]) for name in ("image", "mask"))
    assert not np.array_equal(first[0]["image"], next(iter(batches(4, 0)))["image"])


def test_maps_are_encoded_once_and_belong_to_their_masks(data, tmp_path):
    import keras

    image = keras.Input((None, None, 3))
    encoder = keras.Model(image, {"stride_4": keras.layers.AveragePooling2D(4)(image) / 220})
    amount = CropAugmentation(32, 48, (0.8, 1.2), brightness=0.0, contrast=0.0, saturation=0.0)

    def batches():
        made = FeatureBatches(encoder, data, Canvas(32, 48), amount, 2, 4, 3, seed=1, cache=tmp_path / "cache")
        made.prepare()
        return list(made(0, 0))

    first = batches()
    assert len(first) == 2 and first[0]["stride_4"].shape == (3, 8, 12, 3) and first[0]["mask"].shape == (3, 8, 12)
    for batch in first:
        seen = batch["mask"] != VOID
        assert ((batch["stride_4"][..., 0] > 0.5) == (batch["mask"] == 1))[seen].mean() > 0.85
    encoder.call = None  # a second time nothing is encoded
    assert all(np.array_equal(a[name], b[name]) for a, b in zip(first, batches(), strict=True) for name in a)


def test_shares_of_classes(data):
    np.testing.assert_allclose(class_shares(data), [0.75, 0.25])


def test_mean_iou_of_a_network_that_knows(data):
    import tensorflow as tf

    def predict(image):
        light = tf.nn.avg_pool2d(image[..., :1], 4, 4, "VALID") / 220
        return tf.concat([1 - light, light], axis=-1)

    assert MeanIoU(predict, data, data.validation, Canvas(64, 96))()["mean_iou"] > 95
    assert MeanIoU(lambda image: -predict(image), data, data.validation, Canvas(64, 96))()["mean_iou"] < 20


def test_a_mask_of_another_size(data, tmp_path):
    Image.new("L", (30, 40)).save(tmp_path / "mask0.png")
    with pytest.raises(DataError, match=r"mask0\.png: is 30 x 40 pixels, its photo 60 x 40"):
        read_pair(data.train[0], data.index_of_id)
