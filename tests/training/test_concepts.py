"""What teaches a captioner concepts: targets, captions that are lent, and simulated concepts."""

import numpy as np
import pytest

from mediakit.datasets.concepts import COCO_CLASSES, Concept
from mediakit.errors import DataError
from mediakit.text.vocabulary import SPECIALS, Vocabulary
from mediakit.training.concepts import BagSimulator, Detections, Lexicon, as_rows, caption_targets, label_targets, lend

VOCABULARY = Vocabulary([*SPECIALS, "man", "person", "people", "dog", "dogs", "bench", "running"])
TABLE = [
    Concept("person", "person", "a person", ("person", "people"), ("person",), ()),
    Concept("people", "person", "people", ("people",), (), ()),
    Concept("dog", "thing", "a dog", ("dog", "dogs"), ("dog",), (151, 152)),
    Concept("dogs", "thing", "dogs", ("dogs",), (), ()),
    Concept("bench", "thing", "a bench", ("bench",), ("bench",), ()),
    Concept("running", "action", "", ("runs", "running"), (), ()),
]
PERSON, PEOPLE, DOG, DOGS, BENCH, RUNNING = range(6)


@pytest.fixture
def lexicon():
    return Lexicon(TABLE, VOCABULARY)


def box(name, score, *corners):
    return [COCO_CLASSES.index(name), score, *corners]


def test_concepts_are_found_by_any_form(lexicon):
    assert lexicon.named_in("Two dogs, and a man, are RUNNING") == [DOG, DOGS, RUNNING]
    assert [VOCABULARY.words[i] for i in lexicon.words] == ["person", "people", "dog", "dogs", "bench", "running"]


def test_evidence_columns_name_the_classes(lexicon):
    none = len(COCO_CLASSES) + len(lexicon)
    assert lexicon.evidence_columns[DOG].tolist() == [COCO_CLASSES.index("dog"), len(COCO_CLASSES) + DOG, none]
    assert lexicon.evidence_columns[RUNNING].tolist() == [none] * 3
    assert lexicon.imagenet_matrix[:, DOG].nonzero()[0].tolist() == [151, 152]


def test_targets_of_captions_are_the_parts_that_name_a_concept(lexicon):
    np.testing.assert_allclose(caption_targets(lexicon, ["a dog", "dogs run", "a cat", "a dog"]), [0, 0, 0.75, 0.25, 0, 0])


def test_a_map_marks_the_regions_that_a_box_covers():
    boxes = np.array([box("dog", 0.9, 0.0, 0.0, 0.6, 1.0), box("dog", 0.4, 0.0, 0.0, 1.0, 1.0), box("bench", 0.5, 0.9, 0.9, 0.92, 0.92)])
    regions = Detections({"a.jpg": boxes}).map("a.jpg", 2).reshape(2, 2, -1)
    np.testing.assert_allclose(regions[:, :, COCO_CLASSES.index("dog")], [[0.9, 0.9], [0.4, 0.4]])
    np.testing.assert_allclose(regions[:, :, COCO_CLASSES.index("bench")], [[0, 0], [0, 0.5]])


def test_detections_tell_of_one_of_several_and_of_nobody(lexicon):
    boxes = np.array([box("dog", 0.5, 0, 0, 1, 1), box("dog", 0.9, 0, 0, 1, 1), box("bench", 0.8, 0, 0, 0.01, 0.01)])
    named = Detections({"a.jpg": boxes}).named("a.jpg")
    targets, weights = label_targets(lexicon, ["a dog running"], np.zeros(6, bool), named)
    np.testing.assert_allclose(targets, [0, 0, 0.9, 0.5, 0.8 * 0.32, 0.8], atol=1e-6)
    np.testing.assert_allclose(weights, [1, 1, 1, 1, 1, 1])


def test_without_detections_only_the_label_is_known(lexicon):
    told = np.array([False, False, True, False, True, False])
    targets, weights = label_targets(lexicon, ["a dog"], told, None)
    np.testing.assert_allclose(targets, [0, 0, 0.8, 0, 0, 0])
    np.testing.assert_allclose(weights, [0, 0, 1, 0, 0.25, 0])


def test_a_photo_is_lent_what_fits_it(lexicon):
    texts = ["a dog is running in the grass", "a person is on a bench outside", "a dog is lying on a bench"]
    named = [lexicon.named_in(text) for text in texts]
    targets, weights = np.array([[0, 0, 0.9, 0, 0, 0.9], [0, 0, 0.9, 0, 0.9, 0], [0.0] * 6]), np.ones((3, 6))
    assert [found[:1] for found in lend(texts, named, targets, weights)] == [[texts[0]], [texts[2]], []]
    assert lend([], [], targets, weights) == [[], [], []]


def test_simulated_probabilities_are_calibrated():
    rng = np.random.default_rng(0)
    named = [[i, (i + 1) % 20] for i in range(20)]
    simulate = BagSimulator(named, 20, kept=1.0, false=1.64)  # as many as a density of 1 at each probability gives
    found = np.array([(p, place in named[i]) for i in range(20) for _ in range(400) for place, p in simulate(i, rng).items()])
    high, low = found[found[:, 0] > 0.7], found[found[:, 0] < 0.4]
    assert high[:, 1].mean() > 0.75 and low[:, 1].mean() < 0.45


def test_rows_are_the_most_probable_ones(lexicon):
    words, probabilities = as_rows(lexicon, {DOG: 0.2, BENCH: 0.9, PERSON: 0.5}, 2)
    assert [VOCABULARY.words[i] for i in words] == ["bench", "person"]
    np.testing.assert_allclose(probabilities, [0.9, 0.5])
    words, probabilities = as_rows(lexicon, {}, 2)
    assert probabilities.tolist() == [0, 0]


def test_a_file_of_detections(tmp_path):
    np.savez(tmp_path / "some.npz", names=["a.jpg", "b.jpg"], counts=[0, 1], boxes=np.ones((1, 6), np.float32))
    boxes = Detections.read(tmp_path / "some.npz").boxes
    assert boxes["a.jpg"].shape == (0, 6) and boxes["b.jpg"].shape == (1, 6)
    (tmp_path / "other.npz").write_bytes(b"no")
    for name in ("other.npz", "absent.npz"):
        with pytest.raises(DataError, match="not a file of detections"):
            Detections.read(tmp_path / name)
