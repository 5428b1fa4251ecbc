"""The card says what the manifest says."""

from mediakit.runtime.card import headline, render

MANIFEST = {
    "name": "m",
    "recipe": "captioning",
    "created": "2026-01-02",
    "parameters": 1234567,
    "license": "CC0-1.0",
    "summary": "It answers.",
    "good_for": ["this"],
    "not_good_for": ["that"],
    "training": "Long.",
    "data": [{"name": "D", "license": "L", "note": "N"}],
    "networks": {"encoder": {"file": "encoder.tflite", "bytes": 1_500_000}},
    "headline": "CIDEr",
}
ENTRY = {
    "data": "flickr8k",
    "split": "dev",
    "examples": 1000,
    "date": "2026-01-03",
    "options": {"beam": 3},
    "values": {"CIDEr": 0.58, "METEOR": 21.04},
    "intervals": {"CIDEr": [0.55, 0.61]},
    "baselines": {"a constant caption": {"CIDEr": 0.1}},
}


def test_without_figures_it_says_so():
    assert "None measured yet" in render(MANIFEST)
    assert headline(MANIFEST) == ""


def test_figures_intervals_and_baselines():
    card = render({**MANIFEST, "figures": [ENTRY]})
    assert "On flickr8k dev, 1,000 examples, 2026-01-03 (beam 3):" in card
    assert "| this model | **0.580** [0.550, 0.610] | **21.0** |" in card
    assert "| a constant caption | 0.100 |  |" in card
    assert "95 % bootstrap interval" in card


def test_without_intervals_none_is_explained():
    assert "bootstrap" not in render({**MANIFEST, "figures": [{**ENTRY, "intervals": {}}]})


def test_size_licence_and_data():
    card = render(MANIFEST)
    assert "1,234,567 parameters (encoder.tflite 1.5 MB)" in card
    assert "Licence of the model: CC0-1.0." in card
    assert "| D | L | N |" in card


def test_headline_is_the_figure_that_the_manifest_names():
    other = {**ENTRY, "values": {"METEOR": 20.0}}
    assert headline({**MANIFEST, "figures": [other, ENTRY]}) == "CIDEr 0.580 (flickr8k dev; beam 3)"
    assert headline({**MANIFEST, "figures": [{**ENTRY, "options": {}}]}) == "CIDEr 0.580 (flickr8k dev)"
