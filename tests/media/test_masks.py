"""Masks as files, their table of classes, and masks over photos."""

import numpy as np
import pytest
from PIL import Image

from mediakit.errors import InputError
from mediakit.media.masks import MaskClass, class_table, overlay, palette_image, parse_class_table, read_mask

CLASSES = (MaskClass(0, "background", (0, 0, 0)), MaskClass(7, "traffic sign", (192, 128, 9)))


def test_a_table_is_read_back():
    assert class_table(CLASSES).splitlines()[1] == "7\ttraffic sign\t#c08009"
    assert parse_class_table(class_table(CLASSES)) == CLASSES
    for broken in ("7\tsign\n", "x\tsign\t#c08009\n", "7\tsign\t#c080\n", "7\tsign\tred\n"):
        with pytest.raises(ValueError, match=r"unpack|literal|hexadecimal"):
            parse_class_table(broken)


def test_a_mask_is_read_back(tmp_path):
    mask = np.random.default_rng(0).choice([0, 7], (9, 13)).astype(np.uint8)
    image = palette_image(mask, CLASSES)
    image.save(tmp_path / "mask.png")
    assert np.array_equal(read_mask(tmp_path / "mask.png"), mask)
    assert np.array_equal(np.asarray(image.convert("RGB"))[mask == 7], np.tile((192, 128, 9), ((mask == 7).sum(), 1)))


def test_what_is_no_mask(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "photo.png")
    (tmp_path / "broken.png").write_bytes(b"no image")
    for name, message in (("photo.png", "is of mode RGB, not a mask"), ("broken.png", "cannot be read"), ("absent.png", "cannot be read")):
        with pytest.raises(InputError, match=message):
            read_mask(tmp_path / name)


def test_only_classes_are_tinted():
    photo, mask = np.full((20, 20, 3), 100, np.uint8), np.zeros((20, 20), np.uint8)
    mask[5:15, 5:15] = 7
    before = photo.copy()
    drawn = overlay(photo, mask, CLASSES, plain="background")
    assert np.array_equal(photo, before) and np.array_equal(drawn[:4], photo[:4])
    assert drawn[10, 10].tolist() == [170, 132, 60] and abs(drawn[5, 10].astype(int) - (255, 170, 11)).max() < 20
