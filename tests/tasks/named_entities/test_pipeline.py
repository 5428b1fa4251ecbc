"""The pipeline of named entities with a model that answers by rule: words with capitals, as many as follow one another."""

import json
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediakit
from mediakit.datasets.conll import spans
from mediakit.errors import InputError, ModelError
from mediakit.runtime import recurrence
from mediakit.runtime.model_folder import describe_file
from mediakit.tasks.named_entities import pipeline as named_entities
from mediakit.tasks.named_entities import tagging
from mediakit.tasks.named_entities.pipeline import Entities, Entity

# What offsets trip over, put together at random.
PIECES = [
    "Ada", "Lovelace", "met", "in", "the", "London", ".", ". ", "?\n\n", " ", "  ", "\t", "\r\n", "\n", "\u00a0", "\u200b", "\ufeff",
    "👩‍🚀", "🇳🇱", "👍🏽", "É", "E\u0301", "e\u0301", "\u0301", "don't", "Mr.", "U.S.", "(", "”", "\x00", "\x1b[31m", "नमस्ते",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40).map("".join)


@pytest.fixture(scope="module")
def tagger(repository):
    return mediakit.load(repository / "tests" / "data" / "tiny_named_entities")


def found(entities):
    return [(entity.text, entity.label, entity.start, entity.end) for entity in entities]


def test_one_text_and_many(tagger):
    text = "the Ada Lovelace met Grace."
    entities = tagger(text)
    assert found(entities) == [("Ada Lovelace", "NAME", 4, 16), ("Grace", "NAME", 21, 26)]
    assert all(0.9 < entity.score < 0.96 for entity in entities)
    assert [found(each) for each in tagger(["in London", "", "nobody"])] == [[("London", "NAME", 3, 9)], [], []]
    assert not tagger("") and tagger([]) == [] and not tagger(" \r\n")
    assert len(entities) == 2 and entities[0].text == "Ada Lovelace"


def test_in_notebooks_a_text_has_its_entities_marked(tagger):
    page = tagger("<b> Ada met Grace")._repr_html_()
    assert page.count("<mark") == 2 and "&lt;b&gt;" in page and '[data-label="NAME"]' in page
    assert len(repr(tagger("Ada met " * 1000))) < 600


def test_as_a_dictionary_for_json():
    entity = Entity("Ada", "PER", 0, 3, 0.123456)
    fields = {"text": "Ada", "label": "PER", "start": 0, "end": 3, "score": 0.1235}
    assert json.loads(json.dumps(Entities("Ada", (entity,)).to_dict())) == {"entities": [fields]}


@given(TEXTS)
def test_offsets_point_into_the_text(tagger, text):
    end = 0
    for entity in tagger(text):
        assert entity.text and text[entity.start : entity.end] == entity.text and entity.start >= end
        end = entity.end


@given(TEXTS, st.integers(1, 9), st.sampled_from([1, 3, 8192]))
def test_a_text_in_parts_is_tagged_as_a_whole_one(tagger, text, size, batch):
    before, named_entities.BATCH = named_entities.BATCH, batch
    try:
        passages = list(tagger.passages(text[i : i + size] for i in range(0, len(text), size)))
    finally:
        named_entities.BATCH = before
    assert "".join(passage.text for passage in passages) == text
    assert [passage.start for passage in passages] == [sum(len(p.text) for p in passages[:i]) for i in range(len(passages))]
    got = [entity for passage in passages for entity in passage.entities]
    assert found(got) == found(tagger(text))
    for passage in passages:
        assert all(passage.text[e.start - passage.start : e.end - passage.start] == e.text for e in passage.entities)


def test_labels_are_those_of_the_entities(tagger):
    [passage] = tagger.passages(["by the Ada Lovelace. Grace saw it"])
    for sentence in passage.sentences:
        places = [(sentence.tokens[span.start].start, sentence.tokens[span.end - 1].end, span.type) for span in spans(sentence.labels)]
        assert places == [(entity.start, entity.end, entity.label) for entity in sentence.entities]
    assert [len(sentence.entities) for sentence in passage.sentences] == [1, 1]


def test_given_tokens_are_kept(tagger):
    assert list(tagger.label([["don't", "New", "York", "x"], [], ["A"]])) == [("O", "B-NAME", "I-NAME", "O"), (), ("B-NAME",)]
    text = "\ufeffdon't  meet Mr. X .\r\n\nin\tNew York\n"
    sentences = [s for passage in tagger.passages([text], tokenized=True) for s in passage.sentences]
    assert [[token.text for token in s.tokens] for s in sentences] == [["don't", "meet", "Mr.", "X", "."], ["in", "New", "York"]]
    assert [text[e.start : e.end] for s in sentences for e in s.entities] == ["Mr. X", "New York"]


@given(st.lists(st.lists(st.sampled_from(["Ab", "c", "D", "1"]), max_size=9), max_size=9), st.integers(1, 5), st.integers(1, 30))
def test_sentences_keep_their_order_however_they_are_grouped(tagger, lines, longest, batch):
    before = tagging.LONGEST, named_entities.BATCH, recurrence.KEPT
    tagging.LONGEST, named_entities.BATCH, recurrence.KEPT = longest, batch, 2
    try:
        got = list(tagger.label(lines))
    finally:
        tagging.LONGEST, named_entities.BATCH, recurrence.KEPT = before
    assert len(got) == len(lines)
    for labels, tokens in zip(got, lines, strict=True):
        wanted = []
        for start in range(0, len(tokens), longest):  # a very long sentence is read in pieces
            for name, run in groupby(tokens[start : start + longest], key=str.istitle):
                size = len(list(run))
                wanted += ["B-NAME", *["I-NAME"] * (size - 1)] if name else ["O"] * size
        assert list(labels) == wanted


def test_threshold(tagger):
    text = "the Ada Lovelace met Grace."
    assert len(tagger(text, threshold=0.94)) == 1 and not tagger(text, threshold=1)
    assert list(tagger.label([["in", "London"]], threshold=1)) == [("O", "O")]
    for threshold in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match=r"threshold is .*from 0 to 1"):
            tagger(text, threshold=threshold)


def test_streams(tagger):
    def texts():
        yield from ["in London " * 5000] * 3
        pytest.fail("read on")

    stream = tagger.stream(texts())
    text, entities = next(stream)
    assert len(entities) == 5000 and entities[-1].end == len(text.rstrip())


@pytest.mark.parametrize("wrong", [None, 7, b"London", "\ud83d in London", float("nan")])
def test_what_is_no_text_is_an_error_in_its_place(tagger, wrong):
    passed_on = InputError("passed on")
    said = list(tagger.stream(["in Rome", wrong, passed_on, "in London"]))
    assert [item for item, _ in said] == ["in Rome", wrong, passed_on, "in London"]
    assert [found(said[i][1]) for i in (0, 3)] == [[("Rome", "NAME", 3, 7)], [("London", "NAME", 3, 9)]]
    assert isinstance(said[1][1], InputError) and said[2][1] is passed_on
    with pytest.raises(InputError):
        tagger(wrong)


def test_a_stream_is_not_of_letters(tagger):
    with pytest.raises(InputError, match="put it in a list"):
        tagger.stream("London")


def test_pickled(tagger):
    again = pickle.loads(pickle.dumps(tagger))
    assert again("in London") == tagger("in London") != tagger("in Rome") and again.types == ("NAME",)


def test_threads_share_one(tagger, monkeypatch):
    monkeypatch.setattr(recurrence, "KEPT", 3)
    texts = [f"in Rome{i} by Ada{i % 7} and no{i}" for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(tagger, texts))
    assert [[entity.text for entity in entities] for entities in got] == [[f"Rome{i}", f"Ada{i % 7}"] for i in range(200)]
    assert got == [*mediakit.load(tagger.folder.path, threads=1)(texts)] == mediakit.load(tagger.folder.path, threads=3)(texts)


def change(folder, file, content):
    """Another content of a file that the manifest vouches for."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / file).write_bytes(content)
    for entry in manifest["files"].values():
        if entry["file"] == file:
            entry.update(describe_file(folder / file))
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_files_that_do_not_belong_together(tiny_entities):
    change(tiny_entities, "labels.txt", b"O\nS-NAME\n")
    with pytest.raises(ModelError, match=r"scores 5 labels, labels\.txt has 2"):
        mediakit.load(tiny_entities)
    change(tiny_entities, "words.npz", b"nothing")
    with pytest.raises(ModelError, match="not word features"):
        mediakit.load(tiny_entities)


def test_a_damaged_network(tiny_entities):
    (tiny_entities / "step.tflite").write_bytes(b"")
    with pytest.raises(ModelError, match=r"step\.tflite: is damaged"):
        mediakit.load(tiny_entities)


def test_answers_without_tensorflow(tiny_entities):
    code = f"import sys, mediakit; mediakit.load({str(tiny_entities)!r})('Ada'); assert not {{'tensorflow', 'keras'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
