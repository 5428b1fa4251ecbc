"""The card says what the manifest says."""

from mediakit.runtime.card import headline, render

BARE = {
    "name": "m",
    "recipe": "captioning",
    "created": "2026-01-02",
    "parameters": 1234567,
    "networks": {"encoder": {"file": "encoder.tflite", "bytes": 1_500_000}},
}
MANIFEST = {
    **BARE,
    "license": "CC0-1.0",
    "summary": "It answers.",
    "good_for": ["this"],
    "not_good_for": ["that"],
    "training": "Long.",
    "data": [{"name": "D", "license": "L", "note": "N"}],
    "headline": "CIDEr",
}
ENTRY = {
    "data": "flickr8k",
    "split": "dev",
    "examples": 1000,
    "date": "2026-01-03",
    "options": {"beam": 3},
    "values": {"METEOR": 21.04, "CIDEr": 0.58},
    "intervals": {"CIDEr": [0.55, 0.61]},
    "baselines": {"a constant caption": {"CIDEr": 0.1}},
}


def test_what_a_recipe_does_not_say_is_left_out():
    empty = {"license": "", "summary": "", "good_for": [], "not_good_for": [], "training": "", "data": []}
    wanted = """# m

## Metrics

Not measured yet: `mediakit evaluate MODEL --data FOLDER --split SPLIT --record` does.

## Training

Licence of the model: not stated.

1,234,567 parameters (encoder.tflite 1.5 MB). Trained with the recipe `captioning`, exported 2026-01-02.
"""
    assert render(BARE) == wanted
    assert render({**BARE, **empty, "figures": []}) == wanted


def test_all_that_a_recipe_says_is_there():
    card = render(MANIFEST)
    assert card.startswith("# m\n\nIt answers.\n\n## Good for\n\n- this\n\n## Not good for\n\n- that\n\n## Metrics\n")
    assert "## Training\n\nLong.\n\n| data | licence | note |\n|---|---|---|\n| D | L | N |\n" in card
    assert "Licence of the model: CC0-1.0.\n" in card


def test_each_evaluation_has_its_table():
    card = render({**MANIFEST, "figures": [ENTRY, {**ENTRY, "split": "val", "intervals": {}}]})
    _, first, second = card.split("Measured on flickr8k ")
    assert first.startswith("dev; beam 3 (1,000 examples, 2026-01-03, 95 % bootstrap interval in brackets):\n\n| ")
    assert "**0.580** [0.550, 0.610]" in first
    assert second.startswith("val; beam 3 (1,000 examples, 2026-01-03):\n\n| ")
    assert "**0.580**" in second and "[0.550" not in second


def test_headline_is_the_metric_that_the_manifest_names():
    other = {**ENTRY, "values": {"METEOR": 20.0}}
    measured = {**MANIFEST, "figures": [other, ENTRY]}
    assert headline(measured) == "CIDEr 0.580 (flickr8k dev; beam 3)"
    assert headline(measured, place=False) == "CIDEr 0.580"
    assert headline({**MANIFEST, "figures": [{**ENTRY, "options": {}}]}) == "CIDEr 0.580 (flickr8k dev)"


def test_headline_is_the_first_metric_where_none_is_named():
    assert headline({**BARE, "figures": [ENTRY]}, place=False) == "METEOR 21.0"
    assert headline({**MANIFEST, "headline": "", "figures": [ENTRY]}, place=False) == "METEOR 21.0"


def test_no_headline_before_anything_is_measured():
    assert headline(BARE) == headline({**MANIFEST, "figures": []}) == ""
