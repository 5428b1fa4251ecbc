"""What captions of everyday photos name: 508 concepts, the words for them, and the classes of COCO and ImageNet that show them.

`concepts.tsv` beside this file has a concept per line: its word; its kind (person, thing, action, attribute or number); the phrase that
names a person or thing ("a cup"); the forms that captions use, with plurals and near synonyms; COCO's detection classes; ranges of
ImageNet's 1,000 class indices. The words are those that occur often in the captions of COCO and Flickr8k.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("concepts.tsv")

# COCO's 80 detection classes in the order of their ids (Lin et al. 2014).
_COCO = (
    "person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign, parking meter, bench, "
    "bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis, "
    "snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork, "
    "knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, "
    "dining table, toilet, tv, laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, "
    "vase, scissors, teddy bear, hair drier, toothbrush"
)
COCO_CLASSES = tuple(_COCO.split(", "))


@dataclass(frozen=True)
class Concept:
    """A concept: its word, kind and phrase, the forms that mean it, and the classes of COCO (names) and ImageNet (indices) that show it."""

    word: str
    kind: str
    phrase: str
    forms: tuple[str, ...]
    coco: tuple[str, ...]
    imagenet: tuple[int, ...]


def read_table(path: Path = TABLE) -> list[Concept]:
    """The concepts of a table, in its order. Raises ValueError or KeyError for an empty or malformed one."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", strict=True))
    if not rows:
        raise ValueError("it has no rows")
    return [
        Concept(row["concept"], row["kind"], row["phrase"], tuple(row["forms"].split()), _names(row["coco"]), _indices(row["imagenet"]))
        for row in rows
    ]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def _indices(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)
