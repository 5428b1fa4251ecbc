"""Figures of translations: sacreBLEU's own on what a pipeline says."""

import pytest

import mediakit
from mediakit.errors import DataError
from mediakit.tasks.translation import metrics as translation

sacrebleu = pytest.importorskip("sacrebleu", reason="figures need the extra train")

CONFIG = {"source": "en", "target": "de"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "val.en").write_text("A dog runs.\nA cat sleeps.\nA dog runs, and then a cat sleeps.\nA cat runs.\n", encoding="utf-8")
    german = "Ein Hund läuft.\nEine Katze schläft.\nEin Hund läuft, und dann schläft ein Kater.\nEin Kater läuft.\n"
    (tmp_path / "val.de").write_text(german, encoding="utf-8")
    return tmp_path


def test_figures_are_sacrebleus(folder, repository):
    pairs = translation.examples(folder, "val", CONFIG)
    entry = translation.evaluate(mediakit.load(repository / "tests" / "data" / "tiny_translation"), pairs, options={"beam": 1})
    said = ["Ein Hund läuft.", "Ein Kater schläft.", "Ein Hund läuft, und dann ein Kater schläft.", "Ein Kater läuft."]
    references = [[pair.target for pair in pairs]]
    assert entry["examples"] == 4 and entry["options"] == {"beam": 1}
    assert entry["values"]["BLEU"] == pytest.approx(sacrebleu.corpus_bleu(said, references).score)
    assert entry["values"]["chrF"] == pytest.approx(sacrebleu.corpus_chrf(said, references).score)
    low, high = entry["intervals"]["BLEU"]
    assert low < entry["values"]["BLEU"] < high
    assert entry["baselines"]["the source, copied"]["BLEU"] < 20


def test_one_sentence_has_no_interval(folder):
    values, intervals = translation.score(["Ein Hund läuft."], ["Ein Hund läuft."])
    assert values["chrF"] == pytest.approx(100) and intervals == {}


def test_one_data_set_of_several(data_folder):
    folder = data_folder / "hindi_english"
    if not folder.is_dir():
        pytest.skip("no Hindi sets")
    config = {"source": "en", "target": "hi"}
    both, one = (translation.examples(folder, split, config) for split in ("val", "val:tatoeba"))
    assert {pair.origin for pair in one} == {"tatoeba"} and 0 < len(one) < len(both)
    with pytest.raises(DataError, match="there are val:hindi_visual_genome, val:tatoeba"):
        translation.examples(folder, "val:nothing", config)
