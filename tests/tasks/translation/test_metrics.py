"""Metrics of translations: those of sacreBLEU."""

import pytest

import mediakit
from mediakit.errors import DataError, InputError, ModelError
from mediakit.tasks.translation import metrics

sacrebleu = pytest.importorskip("sacrebleu", reason="the scorer needs the extra train")

CONFIG = {"source": "en", "target": "de"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "val.en").write_text("A dog runs.\nA cat sleeps.\nA dog runs, and then a cat sleeps.\nA cat runs.\n", encoding="utf-8")
    german = "Ein Hund läuft.\nEine Katze schläft.\nEin Hund läuft, und dann schläft ein Kater.\nEin Kater läuft.\n"
    (tmp_path / "val.de").write_text(german, encoding="utf-8")
    return tmp_path


def test_metrics_are_sacrebleus(folder, tiny_translation):
    pairs = metrics.examples(folder, "val", CONFIG)
    found = metrics.evaluate(mediakit.load(tiny_translation), pairs, options={"beam": 1})
    translations = ["Ein Hund läuft.", "Ein Kater schläft.", "Ein Hund läuft, und dann ein Kater schläft.", "Ein Kater läuft."]
    references = [[pair.target for pair in pairs]]
    assert found.examples == 4 and found.options == {"beam": 1}
    assert found.values["BLEU"] == pytest.approx(sacrebleu.corpus_bleu(translations, references).score)
    assert found.values["chrF"] == pytest.approx(sacrebleu.corpus_chrf(translations, references).score)
    low, high = found.intervals["BLEU"]
    assert low < found.values["BLEU"] < high
    assert found.baselines["the source, copied"]["BLEU"] < 20


def test_an_unknown_option_is_refused(folder, tiny_translation):
    with pytest.raises(InputError, match="no option 'beem'; the options are beam"):
        metrics.evaluate(mediakit.load(tiny_translation), metrics.examples(folder, "val", CONFIG), options={"beem": 1})


def test_a_model_must_name_its_languages(folder):
    with pytest.raises(ModelError, match="lacks target"):
        metrics.examples(folder, "val", {"source": "en"})


def test_one_sentence_has_no_interval(folder):
    values, intervals = metrics.score(["Ein Hund läuft."], ["Ein Hund läuft."])
    assert values["chrF"] == pytest.approx(100) and intervals == {}


def test_one_data_set_of_several(data_folder):
    folder = data_folder / "hindi_english"
    if not folder.is_dir():
        pytest.skip("no Hindi sets")
    config = {"source": "en", "target": "hi"}
    both, one = (metrics.examples(folder, split, config) for split in ("val", "val:tatoeba"))
    assert {pair.origin for pair in one} == {"tatoeba"} and 0 < len(one) < len(both)
    with pytest.raises(DataError, match="it has val:hindi_visual_genome, val:tatoeba"):
        metrics.examples(folder, "val:nothing", config)
