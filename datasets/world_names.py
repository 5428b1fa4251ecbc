"""Names of persons, places and organisations from all over the world, to train on in place of those in a text.

`world_names.tsv` beside this file has on each line a kind, a group and its names, separated by `|`. A person has a given and a
family name of one group, which is a part of the world; the family name comes first where it does so in English text. A group of
organisations may hold patterns such as `University of {place}`. `{coined}` is a word made of parts, as young companies have it. Academic
degrees are there because they follow names, and are none.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from mediakit.datasets.origin import Origin

TABLE = Path(__file__).with_name("world_names.tsv")
ORIGIN = Origin("world names", "CC0; places CC BY 4.0", "written for this package; places by GeoNames", "names")

FAMILY_FIRST = ("vietnam", "korea", "china_taiwan")
_SLOT = re.compile(r"\{(\w+)\}")


@cache
def _table() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Names by kind and group."""
    table: dict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, group, names = line.split("\t")
            table[kind][group] = names.split("|")
    return table


def draw(kind: str, rng: np.random.Generator) -> str:
    """A random name: a person, surname, place, organisation (or its groups company, aid, journal, public), nationality, event, product
    or degree."""
    if kind == "person":
        return _person(rng)
    if kind == "surname":
        return _part("family", rng)
    groups = _table()["organisation"]
    if kind == "organisation":
        kind = _one(rng, list(groups))
    name = _one(rng, groups[kind]) if kind in groups else _part(kind, rng)
    return _SLOT.sub(lambda slot: _coined(rng) if slot[1] == "coined" else _part(slot[1], rng), name)


def _person(rng: np.random.Generator) -> str:
    table = _table()
    group = _one(rng, list(table["given"]))
    given, family = _one(rng, table["given"][group]), _one(rng, table["family"][group])
    if group == "vietnam" and rng.random() < 0.7:  # most Vietnamese names have a middle name
        given = f"{_one(rng, table['given'][group])} {given}"
    if group in FAMILY_FIRST:
        return f"{family} {given}"
    if rng.random() < 0.1:
        given = f"{given} {_one(rng, 'ABCDEFGHJKLMNPRSTVW')}."
    elif rng.random() < 0.1:
        family = f"{_one(rng, table['family'][group])} {family}"
    return f"{given} {family}"


def _coined(rng: np.random.Generator) -> str:
    parts = [_one(rng, _table()[f"coined_{part}"]["-"]) for part in ("start", "middle", "end")]
    return "".join(parts if rng.random() < 0.5 else parts[::2])


def _part(kind: str, rng: np.random.Generator) -> str:
    table = _table()
    return _one(rng, table[kind][_one(rng, list(table[kind]))])


def _one(rng: np.random.Generator, names: Sequence[str]) -> str:
    return names[int(rng.integers(len(names)))]
