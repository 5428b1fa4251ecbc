"""What a caption may say of a photo, and how sure it is."""

import numpy as np
import pytest

from mediakit.datasets.concepts import Concept, read_table
from mediakit.errors import ModelError
from mediakit.tasks.captioning.concepts import Concepts, Limits
from mediakit.tasks.captioning.confidence import features
from mediakit.tasks.captioning.pipeline import Caption
from mediakit.text.vocabulary import SPECIALS, Vocabulary

VOCABULARY = Vocabulary([*SPECIALS, "a", "man", "men", "his", "dog", "orange", "running", "cup"])
TABLE = [
    Concept("man", "person", "a man", ("man", "men"), (), ()),
    Concept("dog", "thing", "a dog", ("dog", "dogs"), ("dog",), (151,)),
    Concept("orange", "thing", "an orange", ("orange",), (), ()),
    Concept("orange colour", "attribute", "", ("orange",), (), ()),
    Concept("running", "action", "", ("running",), (), ()),
]


def words(ids):
    return {VOCABULARY.words[i] for i in ids} - set(SPECIALS)


@pytest.fixture
def concepts():
    return Concepts(TABLE, VOCABULARY, Limits(person=0.3, thing=0.1))


def test_a_person_who_is_not_seen_is_not_named(concepts):
    assert words(concepts.forbidden(np.array([0.2, 0.9, 0.9, 0.0, 0.0]))) == {"man", "men", "his"}
    assert words(concepts.forbidden(np.array([0.4, 0.9, 0.9, 0.0, 0.0]))) == set()


def test_a_thing_that_is_not_seen_is_not_named_but_a_colour_of_its_name_is(concepts):
    assert words(concepts.forbidden(np.array([0.9, 0.05, 0.05, 0.0, 0.0]))) == {"dog"}


def test_a_thing_may_have_a_limit_of_its_own():
    concepts = Concepts(TABLE, VOCABULARY, Limits(thing=0.1, things={"dog": 0.5}))
    assert words(concepts.forbidden(np.array([0.9, 0.4, 0.9, 0.0, 0.0]))) == {"dog"}
    assert words(concepts.forbidden(np.array([0.9, 0.6, 0.9, 0.0, 0.0]))) == set()


def test_without_limits_everything_may_be_named():
    assert Concepts(TABLE, VOCABULARY, Limits()).forbidden(np.zeros(5)) == ()


def test_support_is_that_of_the_persons_and_things_that_are_named():
    table = [*TABLE, Concept("boy", "person", "a boy", ("boy",), (), ())]
    vocabulary = Vocabulary([*VOCABULARY.words, "boy"])
    concepts = Concepts(table, vocabulary, Limits())
    tokens = vocabulary.encode("a man running with dogs")  # any person counts for a man
    np.testing.assert_allclose(concepts.support(tokens, np.array([0.5, 0.4, 0.0, 0.0, 0.2, 0.6])), [0.8])
    tokens = vocabulary.encode("a dog and a man")
    np.testing.assert_allclose(concepts.support(tokens, np.array([0.5, 0.4, 0.0, 0.0, 0.2, 0.6])), [0.4, 0.8])
    assert concepts.support(vocabulary.encode("running"), np.ones(6)).size == 0


def test_persons_and_things_are_listed_most_probable_first(concepts):
    seen = concepts.seen(np.array([0.5, 0.8, 0.05, 0.9, 0.9]))
    assert [(one.word, one.phrase) for one in seen] == [("dog", "a dog"), ("man", "a man")]
    assert [one.probability for one in seen] == pytest.approx([0.8, 0.5])


@pytest.mark.parametrize(
    "content", ["", "concept\tkind\nman\tperson\n", "concept\tkind\tphrase\tforms\tcoco\timagenet\nx\tthing\ta x\tx\t\tone\n"]
)
def test_a_malformed_table_is_one_line(tmp_path, content):
    (tmp_path / "concepts.tsv").write_text(content)
    with pytest.raises(ModelError, match="not a table of concepts"):
        Concepts.read(tmp_path / "concepts.tsv", VOCABULARY, {})


def test_the_table_of_everyday_photos():
    table = read_table()
    by_word = {concept.word: concept for concept in table}
    assert len(by_word) == len(table)
    assert by_word["dog"].imagenet[:2] == (151, 152) and by_word["dog"].coco == ("dog",)
    assert "men" in by_word["man"].forms and by_word["man"].kind == "person"
    assert {concept.kind for concept in table} == {"person", "thing", "action", "attribute", "number"}


def test_the_features_of_a_caption():
    assert features(-3.0, 9, np.array([0.9, 0.7])) == {"log_probability": -0.3, "support": pytest.approx(0.8), "least_support": 0.7}
    assert features(-3.0, 9, np.zeros(0))["support"] == 0


def test_an_unsure_caption_gives_way_to_what_is_seen(concepts):
    seen = concepts.seen(np.array([0.0, 0.8, 0.0, 0.0, 0.0]))
    caption = Caption("a man running", -9.0, ("a", "man", "running"), np.zeros((3, 1, 1)), score=0.3, concepts=seen)
    assert caption.at_least(0.2).text == "a man running"
    assert caption.at_least(0.5).text == "a photo of a dog, perhaps"
    assert caption.at_least(0.9).text == ""
