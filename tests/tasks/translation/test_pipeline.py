"""The translation pipeline with a model that translates a dozen words, one by one."""

import itertools
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediakit
from mediakit.errors import InputError, ModelError
from mediakit.runtime.model_folder import describe_file
from mediakit.runtime.workers import Pool
from mediakit.tasks.translation import pipeline as translation
from mediakit.tasks.translation.sentence_translator import Candidate, SentenceTranslator

WORDS = {"dog": "Hund", "cat": "Kater", "runs": "läuft", "sleeps": "schläft", "and": "und", "then": "dann", "1": "1"}


@pytest.fixture
def translator(tiny_translation):
    return mediakit.load(tiny_translation)


@pytest.fixture(scope="module")
def shared(repository):
    return mediakit.load(repository / "tests" / "data" / "tiny_translation")


def change_manifest(folder, change):
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_one_sentence(translator):
    said = translator("A dog runs, and then a cat sleeps.")
    assert said.text == "Ein Hund läuft, und dann ein Kater schläft."
    # "dog" has a second translation, e^-1 as likely; nothing else is open.
    assert said.log_probability == pytest.approx(-np.log(1 + np.exp(-1)), abs=1e-3)
    assert said.to_dict() == {
        "source": said.source,
        "translation": said.text,
        "score": None,  # the model is not calibrated
        "log_probability": round(said.log_probability, 4),
        "normalized_log_probability": round(said.normalized_log_probability, 4),
        "alternatives": [],
    }


def calibrate(folder, **weights):
    change_manifest(folder, lambda manifest: manifest["config"].update(confidence=weights))
    return mediakit.load(folder)


def test_a_text_is_as_certain_as_its_least_certain_sentence(tiny_translation):
    translator = calibrate(tiny_translation, intercept=4.0, log_probability=10.0)
    sure, unsure, both = translator(["A cat sleeps.", "A dog runs.", "A cat sleeps. A dog runs."])
    assert 0 < unsure.score < sure.score < 1 and both.score == unsure.score
    assert translator("42").score == 1  # kept
    middle = (sure.score + unsure.score) / 2
    assert sure.at_least(middle).text == "Ein Kater schläft." and not sure.at_least(middle).left
    assert unsure.at_least(middle).text == "A dog runs." and unsure.at_least(middle).to_dict()["translation"] is None


def test_the_features_of_a_translation(tiny_translation):
    [features] = mediakit.load(tiny_translation)("A cat sleeps.").features
    assert features["log_probability"] == pytest.approx(0, abs=1e-2)
    assert features["copied"] == features["spelled"] == 0 and features["coverage"] > 0.5
    assert features["length_ratio"] == 0 and features["length"] == pytest.approx(np.log(4))


def test_a_calibration_that_does_not_fit(tiny_translation):
    with pytest.raises(ModelError, match="there is no colour; it may weigh log_probability"):
        calibrate(tiny_translation, intercept=1.0, colour=2.0)
    with pytest.raises(ModelError, match="calibration cannot be used: 'intercept'"):
        calibrate(tiny_translation, log_probability=2.0)


def test_alternatives_of_a_text_combine_those_of_its_sentences(translator):
    said = translator("A dog runs. A dog sleeps.", n_best=4)
    assert [said.text, *(other.text for other in said.alternatives)][0] == "Ein Hund läuft. Ein Hund schläft."
    assert {other.text for other in said.alternatives[:2]} == {"Ein Köter läuft. Ein Hund schläft.", "Ein Hund läuft. Ein Köter schläft."}
    assert said.alternatives[2].text == "Ein Köter läuft. Ein Köter schläft."
    assert said.alternatives[0].log_probability == pytest.approx(said.log_probability - 1, abs=1e-3)


def test_alignment_is_from_word_to_word(translator):
    alignment = translator("A dog runs! A cat sleeps.").alignment
    assert alignment.source == ("A", "dog", "runs!", "A", "cat", "sleeps.")
    assert alignment.target == ("Ein", "Hund", "läuft!", "Ein", "Kater", "schläft.")
    np.testing.assert_allclose(alignment.weights, np.eye(6), atol=1e-3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("  \t ", "  \t "),
        (" A dog runs.  \n\n\tA cat sleeps.\r\n", " Ein Hund läuft.  \n\n\tEin Kater schläft.\r\n"),
        ("A dog\nruns.", "Ein Hund läuft."),  # a wrapped line
        ("---", "---"),
        ("12:30 😀", "12:30 😀"),
        ("語語", "語語"),
    ],
)
def test_what_is_between_sentences_stays(translator, text, wanted):
    said = translator(text)
    assert said.text == wanted and said.source == text


@given(st.lists(st.lists(st.sampled_from(list(WORDS)), max_size=40), max_size=80))
def test_many_are_each_alone_and_in_order(shared, lines):
    said = shared([" ".join(words) for words in lines], beam=1)
    assert [translation.text.split() for translation in said] == [[WORDS[word] for word in words] for words in lines]


@given(st.text(max_size=60))
def test_any_text_gives_text(shared, text):
    said = shared(text, beam=1)
    assert said.source == text and isinstance(said.text, str)
    assert said.text.count("\n\n") == text.count("\n\n")


def test_a_long_sentence_is_cut_at_its_commas(translator):
    """The model has learned from at most 12 subwords."""
    clause = "and then a dog runs"
    assert translator(", ".join([clause] * 8)).text == ", ".join(["und dann ein Hund läuft"] * 8)
    assert translator("dog " * 500).text.split() == ["Hund"] * 500
    assert len(translator("dog" * 3000).text) > 0


def test_threads_make_no_difference(tiny_translation):
    lines = [" ".join(list(WORDS)[: 1 + i % 6]) for i in range(200)]
    one, three = ([t.text for t in mediakit.load(tiny_translation, threads=n)(lines)] for n in (1, 3))
    assert one == three


def test_a_stream_runs_only_a_window_ahead(translator):
    pulled = itertools.count()
    stream = translator.stream("A dog runs." for _ in iter(lambda: next(pulled), 10**6))
    text, said = next(stream)
    assert text == "A dog runs." and said.text == "Ein Hund läuft."
    assert next(pulled) <= translation.WINDOW / translation.TEXT_OVERHEAD


def test_pickled_it_says_the_same(translator):
    assert pickle.loads(pickle.dumps(translator))("A dog runs.").text == "Ein Hund läuft."


@pytest.mark.parametrize("options", [{"beam": 0}, {"n_best": 0}])
def test_options_out_of_range(translator, options):
    with pytest.raises(InputError, match=next(iter(options))):
        translator("A dog", **options)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (None, "NoneType"),
        (7, "int"),
        (b"A dog", "bytes"),
        ("a \ud800 dog", "character 2 .* half of a"),
        (InputError("passed on"), "passed on"),
    ],
)
def test_what_is_no_text_is_an_error_in_its_place(translator, wrong, why):
    given = ["A dog", wrong, "A cat"]
    stream = list(translator.stream(given))
    assert [item for item, _ in stream] == given
    assert [stream[0][1].text, stream[2][1].text] == ["Ein Hund", "Ein Kater"]
    for call in (wrong, given):
        with pytest.raises(InputError, match=why):
            translator(call)


def test_a_stream_is_not_of_letters(translator):
    with pytest.raises(InputError, match="put it in a list"):
        translator.stream("A dog")


def test_networks_that_fail_are_errors_of_their_batch_alone(translator, monkeypatch):
    def translate(self, ids, options, original=SentenceTranslator.translate):
        if [self._source.encode("cat")] == [list(row) for row in ids]:
            raise ModelError("cannot be run")
        return original(self, ids, options)

    monkeypatch.setattr(SentenceTranslator, "translate", translate)
    monkeypatch.setattr(translation, "WINDOW", 1)
    said = [result for _, result in translator.stream(["dog", "cat", "dog"])]
    assert [isinstance(result, ModelError) for result in said] == [False, True, False]


def test_it_is_short_in_a_console_and_drawn_in_a_notebook(translator):
    said = translator("A dog runs. " * 40)
    assert len(repr(said)) < 900
    assert said.draw().width > 1000
    assert translator("A dog runs.")._repr_png_().startswith(b"\x89PNG")
    assert translator("---")._repr_png_() is None
    with pytest.raises(InputError, match="only a few sentences"):
        translator("dog " * 1000).draw()


def test_a_row_is_without_the_source(translator):
    assert list(translator("A dog").to_row()) == list(translator.columns)


def test_no_threads(tiny_translation):
    with pytest.raises(InputError, match="threads is 0"):
        mediakit.load(tiny_translation, threads=0)


def test_subwords_of_another_model(tiny_translation):
    """The source has one piece fewer than the target."""
    entry = describe_file(tiny_translation / "source.model")
    change_manifest(tiny_translation, lambda manifest: manifest["files"].update(target=entry))
    with pytest.raises(ModelError, match=r"the decoder scores 19 subwords, source\.model has 18"):
        mediakit.load(tiny_translation)


@pytest.mark.parametrize("decoding", [{"beams": 3}, {"beam": 0}, {"beam": "wide"}])
def test_a_manifest_with_wrong_decoding_options(tiny_translation, decoding):
    change_manifest(tiny_translation, lambda manifest: manifest["config"].update(decoding=decoding))
    with pytest.raises(ModelError, match="does not fit the decoder"):
        mediakit.load(tiny_translation)


def test_a_manifest_without_a_config(tiny_translation):
    change_manifest(tiny_translation, lambda manifest: manifest.pop("config"))
    with pytest.raises(ModelError, match="config"):
        mediakit.load(tiny_translation)


def test_alternatives_are_different_texts(shared):
    said = shared("A dog", n_best=6)
    texts = [said.text, *(other.text for other in said.alternatives)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A dog {name} runs.", "Ein Hund {name} läuft."),
        ("<b>A dog</b> runs!", "<b>Ein Hund</b> läuft!"),
        ("A dog runs 😀.", "Ein Hund läuft 😀."),
        ("https://example.org/dog", "https://example.org/dog"),
        ("A 語 dog runs.", "Ein 語 Hund läuft."),
        ("A DOG RUNS.", "EIN HUND LÄUFT."),
        ("A DOG RUNS {dog}!", "EIN HUND LÄUFT {dog}!"),
    ],
)
def test_protected_text_stays(translator, text, wanted):
    assert translator(text).text == wanted


class Says:
    """A sentence translator that gives the same candidates for each sentence."""

    def __init__(self, *texts):
        self.texts, self.sentences = texts, 0

    def translate(self, ids, options):
        self.sentences += len(ids)
        return [[Candidate(text, -1.0, -1.0) for text in self.texts] for _ in ids]


@pytest.mark.parametrize(
    ("candidates", "wanted", "sentences"),
    [
        (["\ue000 läuft"], "{name} läuft", 1),
        (["läuft", "\ue000\ue000 läuft", "dann \ue000"], "dann {name}", 1),
        (["läuft"], "{name} läuft", 3),  # lost in the whole beam too: the words around are translated
        (["\ue001 läuft"], "{name}  läuft", 3),
        (["\ue000 Hund Hund", "\ue000 Hund läuft"], "{name} Hund läuft", 2),
        (["\ue000 Hund Hund"], "{name} Hund Hund", 2),
    ],
)
def test_a_model_that_knows_placeholders(translator, candidates, wanted, sentences):
    translator._knows_placeholders, says = True, Says(*candidates)
    translator._translators = Pool(lambda: says)
    assert translator("{name} runs").text == wanted
    assert says.sentences == sentences
