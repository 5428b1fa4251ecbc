"""The Stanford Sentiment Treebank: phrases and grades of its trees, and what is wrong with a file in one line."""

import pytest

from mediakit.datasets import sentiment_treebank
from mediakit.datasets.labelled_texts import SST2, TREEBANK, LabelledText, origins, read
from mediakit.errors import DataError

LOVELY = r"(4 (2 It) (4 (2 's) (4 (4 lovely) (2 \/))))"
DULL = "(1 (2 It) (0 (2 's) (0 dull)))"


def write(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_each_phrase_and_its_grade_the_sentence_last(tmp_path):
    [phrases] = sentiment_treebank.read(write(tmp_path, "train.txt", LOVELY, ""))
    assert phrases[-1] == ("It 's lovely /", 1.0) and phrases[0] == ("It", 0.5) and ("lovely", 1.0) in phrases and len(phrases) == 7
    assert sentiment_treebank.is_tree(LOVELY) and not sentiment_treebank.is_tree("good\t1")


@pytest.mark.parametrize("line", ["(4 (2 It)", "It shines", "(4 It))", "(7 It)", "(4 )"])
def test_what_is_no_tree_is_told_with_its_line(tmp_path, line):
    with pytest.raises(DataError, match=r"train\.txt: line 2 is not a tree"):
        list(sentiment_treebank.read(write(tmp_path, "train.txt", DULL, line)))


def test_phrases_train_and_sentences_validate(tmp_path):
    write(tmp_path, "trees/train.txt", LOVELY, "(3 (3 lovely) (2 day))")
    write(tmp_path, "trees/dev.txt", DULL)
    train = {text.text: text.positive for text in read(tmp_path, "train")}
    assert train["lovely"] == pytest.approx(0.875) and train["day"] == 0.5 and train["lovely day"] == 0.75
    assert read(tmp_path, "val") == [LabelledText("It 's dull", 0.25, TREEBANK.name)]
    assert origins(tmp_path) == [TREEBANK]


def test_what_is_held_out_by_any_set_is_not_for_training(tmp_path):
    write(tmp_path, "trees/train.txt", LOVELY, DULL, "(3 (3 (3 fine) (2 -)) (2 no))")
    write(tmp_path, "SST-2/dev.tsv", "sentence\tlabel", "it 's dull\t0", "fine -\t1")
    texts = [text.text for text in read(tmp_path, "train")]
    assert "dull" not in texts and "fine -" not in texts and "fine" in texts and "lovely" in texts
    assert set(origins(tmp_path)) == {SST2, TREEBANK}
