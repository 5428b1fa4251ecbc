"""Images with boxes in the layouts of PASCAL VOC, COCO and YOLO."""

import json

import numpy as np
import pytest
from PIL import Image

from mediakit.datasets import boxed_images
from mediakit.errors import DataError

BOXES = {"a": [("dog", (10, 20, 50, 60)), ("cat", (0, 0, 100, 40))], "b": [], "c": [("cat", (25, 20, 75, 60))]}
SPLITS = {"train": ["a", "b"], "val": ["c"]}


def write_image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (100, 80)).save(path)


def write_voc(folder, splits=SPLITS):
    for name, objects in BOXES.items():
        write_image(folder / f"JPEGImages/{name}.png")
        text = "<annotation><size><width>100</width><height>80</height></size>"
        for label, (x0, y0, x1, y1) in objects:
            box = f"<xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
            text += f"<object><name>{label}</name><bndbox>{box}</bndbox></object>"
        text += "<object><name>hard</name><difficult>1</difficult></object></annotation>"
        (folder / "Annotations").mkdir(exist_ok=True)
        (folder / f"Annotations/{name}.xml").write_text(text)
    (folder / "ImageSets/Main").mkdir(parents=True)
    for split, names in splits.items():
        (folder / f"ImageSets/Main/{split}.txt").write_text("\n".join(names))


def write_coco(folder):
    (folder / "annotations").mkdir()
    for split, names in SPLITS.items():
        images = [{"id": ord(name), "file_name": f"{name}.png", "width": 100, "height": 80} for name in names]
        notes = [
            {"image_id": ord(name), "category_id": {"cat": 7, "dog": 9}[label], "bbox": [x0, y0, x1 - x0, y1 - y0]}
            for name in names
            for label, (x0, y0, x1, y1) in BOXES[name]
        ]
        notes.append({"image_id": images[0]["id"], "category_id": 7, "bbox": [0, 0, 9, 9], "iscrowd": 1})
        categories = [{"id": 9, "name": "dog"}, {"id": 7, "name": "cat"}]
        content = {"images": images, "annotations": notes, "categories": categories}
        (folder / f"annotations/instances_{split}2017.json").write_text(json.dumps(content))
        for name in names:
            write_image(folder / f"{split}2017/{name}.png")


def write_yolo(folder, names="names: [cat, 'dog']\n"):
    (folder / "data.yaml").write_text(f"train: images/train\n{names}nc: 2\n")
    for split, images in SPLITS.items():
        (folder / f"labels/{split}").mkdir(parents=True)
        for name in images:
            write_image(folder / f"images/{split}/{name}.png")
            lines = []
            for label, (x0, y0, x1, y1) in BOXES[name]:
                lines.append(f"{['cat', 'dog'].index(label)} {(x0 + x1) / 200} {(y0 + y1) / 160} {(x1 - x0) / 100} {(y1 - y0) / 80}\n")
            if lines:
                (folder / f"labels/{split}/{name}.txt").write_text("".join(lines))


@pytest.mark.parametrize("write", [write_voc, write_coco, write_yolo])
def test_layouts_hold_the_same(tmp_path, write):
    write(tmp_path)
    data = boxed_images.read(tmp_path)
    assert data.classes == ("cat", "dog")
    for split, images in (("train", data.train), ("val", data.validation)):
        assert [image.path.name for image in images] == [f"{name}.png" for name in SPLITS[split]]
        for image in images:
            expected = BOXES[image.path.stem]
            assert [data.classes[label] for label in image.labels] == [label for label, _ in expected]
            assert np.allclose(image.boxes * [100, 80, 100, 80], np.reshape([box for _, box in expected], (-1, 4)), atol=1e-4)
            assert image.scores.tolist() == [1.0] * len(expected) and image.unlabelled == ()


@pytest.mark.parametrize("names", ["names:\n- cat\n- dog\n", "names:\n  0: cat\n  1: dog  # barks\n"])
def test_yolo_names_in_other_forms(tmp_path, names):
    write_yolo(tmp_path, names)
    assert boxed_images.read(tmp_path).classes == ("cat", "dog")


def test_coco_scores_and_unlabelled_classes(tmp_path):
    write_coco(tmp_path)
    file = tmp_path / "annotations/instances_train2017.json"
    content = json.loads(file.read_text())
    content["images"][1]["not_exhaustive_category_ids"] = [9]
    content["annotations"][0]["score"] = 0.25
    file.write_text(json.dumps(content))
    first, second = boxed_images.read(tmp_path).train
    assert first.scores.tolist() == [0.25, 1.0] and second.unlabelled == (1,)


def test_without_stated_splits_a_tenth_is_held_out(tmp_path):
    write_voc(tmp_path, {})
    data = boxed_images.read(tmp_path)
    assert len(data.train) + len(data.validation) == 3
    assert all(boxed_images.held_out(image.path.stem) for image in data.validation)


def test_what_is_wrong_names_the_file(tmp_path):
    with pytest.raises(DataError, match="no boxes found; expected PASCAL VOC"):
        boxed_images.read(tmp_path)
    write_voc(tmp_path)
    (tmp_path / "Annotations/a.xml").write_text("<annotation>")
    with pytest.raises(DataError, match=r"a\.xml: not a PASCAL VOC annotation"):
        boxed_images.read(tmp_path)


def test_missing_images_and_bad_lines_are_told(tmp_path):
    (tmp_path / "coco").mkdir()
    write_coco(tmp_path / "coco")
    (tmp_path / "coco/train2017/a.png").unlink()
    with pytest.raises(DataError, match=r"instances_train2017.json: 1 of 2 images are not below the folder: a.png"):
        boxed_images.read(tmp_path / "coco")
    (tmp_path / "yolo").mkdir()
    write_yolo(tmp_path / "yolo")
    (tmp_path / "yolo/labels/train/a.txt").write_text("0 0.5 0.5 1 1\n5 0.5 0.5 1 1\n")
    with pytest.raises(DataError, match=r"a.txt: line 2: class 5, but there are 2 names"):
        boxed_images.read(tmp_path / "yolo")
