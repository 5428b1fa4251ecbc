"""Random names."""

import numpy as np

from mediakit.datasets import world_names
from mediakit.text.tokens import tokenize


def test_names_are_whole():
    rng = np.random.default_rng(0)
    for kind in ("person", "surname", "place", "organisation", "company", "nationality", "event", "product", "degree"):
        names = [world_names.draw(kind, rng) for _ in range(300)]
        assert len(set(names)) > 30 and all(name == name.strip() and not set(name) & set("{}|") and tokenize(name) for name in names)
    assert all(" " in world_names.draw("person", rng) for _ in range(100))


def test_family_names_come_first_where_they_do():
    rng = np.random.default_rng(0)
    koreans = [name for name in (world_names.draw("person", rng) for _ in range(2000)) if name.endswith(("Seo-yeon", "Ji-hoon"))]
    assert koreans and all(len(name.split()) == 2 for name in koreans)
