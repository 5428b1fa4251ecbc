"""The shipped models of named entities: what they find in plain sentences, and that their recorded metrics hold."""

import math
from pathlib import Path

import pytest

import mediakit
from mediakit.datasets import conll
from mediakit.runtime.model_folder import open_folder, shipped
from mediakit.tasks.named_entities import metrics

MODELS = [name for name in shipped() if name.startswith("named_entities/")]
NEWS = Path(__file__).parents[2] / "data" / "news_names"
# Loose enough for another model, tight enough for a broken one.
GOLDEN = {
    "named_entities/en": ("Ada Lovelace worked in London for the BBC and Microsoft.", {"Ada Lovelace PER", "London LOC", "Microsoft ORG"}),
    "named_entities/en_emerging": ("watching a film with Emma Watson in New York", {"Emma Watson person", "New York location"}),
    "named_entities/es": ("Gabriela Mistral nació en Chile y ganó el Premio Nobel.", {"Gabriela Mistral PER", "Chile LOC"}),
    "named_entities/nl": ("Koning Albert sprak gisteren in Brussel met Guy Verhofstadt.", {"Brussel LOC", "Guy Verhofstadt PER"}),
}
SETS = {"conll2003": "conll2003", "conll2002_es": "conll2002", "conll2002_nl": "conll2002", "wnut17": "wnut17"}


@pytest.fixture(scope="module", params=MODELS)
def tagger(request):
    return mediakit.load(request.param)


def test_golden_entities(tagger):
    text, wanted = GOLDEN[tagger.folder.name]
    assert wanted <= {f"{entity.text} {entity.label}" for entity in tagger(text)}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ravi Kumar, M.Sc, M.Phil, Ph.D., B.Tech., D. Phil., M.D., joined in May.", ["Ravi Kumar"]),
        ("President Þorgerður Katrín Gunnarsdóttir met Łukasz Wójcik.", ["Þorgerður Katrín Gunnarsdóttir", "Łukasz Wójcik"]),
        ("John Smith&nbsp", ["John Smith"]),
    ],
)
def test_persons_are_whole_and_without_degrees(text, wanted):
    found = mediakit.load("named_entities/en")(text)
    assert [entity.text for entity in found if entity.label == "PER"] == wanted


def test_names_from_many_parts_of_the_world():
    """The published folder has 79 % of both; far less means that something broke."""
    sentences = conll.read(NEWS, "test")
    found = list(mediakit.load("named_entities/en").label(sentence.tokens for sentence in sentences))
    scores = metrics.score([sentence.labels for sentence in sentences], found)
    assert scores["precision"] > 75 and scores["recall"] > 75


def test_text_in_upper_or_lower_case(tagger):
    text, wanted = GOLDEN[tagger.folder.name]
    for changed in (text.upper(), text.lower()):
        assert {name.split(" ")[-1] for name in wanted} & {entity.label for entity in tagger(changed)}, changed


def test_a_sentence_is_the_same_alone_and_among_others(tagger):
    text, _ = GOLDEN[tagger.folder.name]
    alone, among = tagger(text), tagger(["No more.", text, "It is a long sentence about nothing, and it goes on and on . " * 3])[1]
    assert [(e.text, e.label) for e in among] == [(e.text, e.label) for e in alone]
    assert [e.score for e in among] == pytest.approx([e.score for e in alone], abs=0.02)


def test_folders_are_small(tagger):
    assert tagger.folder.size <= 5_000_000


def test_the_recorded_f1_holds(tagger, data_folder):
    """On a quarter of the dev sentences, up to an interval that is twice as wide as that of all."""
    config = tagger.folder.manifest["config"]
    examples = metrics.examples(data_folder / SETS[config["dataset"]], "dev", config)[::4]
    wanted = [example.sentence.labels for example in examples]
    got = metrics.score(wanted, list(tagger.label(example.sentence.tokens for example in examples)))["F1"]
    [recorded] = [entry for entry in open_folder(tagger.folder.name).manifest["figures"] if entry["split"] == "dev"]
    low, high = recorded["intervals"]["F1"]
    assert abs(got - recorded["values"]["F1"]) < (high - low) / 2 * math.sqrt(4)
