"""Files of labelled tokens, and label schemes."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.datasets.conll import TaggedSentence, find_set, iob2, iobes, iobes_labels, may_follow, read, spans
from mediakit.errors import DataError

TYPES = ("PER", "LOC")
IOB = st.lists(st.sampled_from(["O", "O", *(f"{p}-{t}" for p in "BI" for t in TYPES)]), max_size=8)
ANY = st.lists(st.sampled_from(iobes_labels(TYPES)), max_size=8)


def write(folder, name, text, encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return folder


# --- labels -----------------------------------------------------------------------------------------------------------


def test_all_schemes_give_the_same_entities():
    entities = [(0, 2, "PER"), (2, 3, "PER"), (4, 5, "LOC")]
    for labels in (
        ["I-PER", "I-PER", "B-PER", "O", "I-LOC"],  # IOB1
        ["B-PER", "I-PER", "B-PER", "O", "B-LOC"],  # IOB2
        ["B-PER", "E-PER", "S-PER", "O", "S-LOC"],  # IOBES
    ):
        assert [(s.start, s.end, s.type) for s in spans(labels)] == entities
        assert iob2(labels) == ("B-PER", "I-PER", "B-PER", "O", "B-LOC")
        assert iobes(labels) == ("B-PER", "E-PER", "S-PER", "O", "S-LOC")


@given(ANY)
def test_conversions_preserve_the_entities(labels):
    assert spans(iob2(labels)) == spans(labels) == spans(iobes(labels))
    assert iob2(iobes(labels)) == iob2(labels) and iobes(iob2(labels)) == iobes(labels)


@given(IOB)
def test_entities_are_those_of_seqeval(labels):
    get_entities = pytest.importorskip("seqeval.metrics.sequence_labeling").get_entities
    assert [(s.type, s.start, s.end - 1) for s in spans(labels)] == get_entities(labels)


@given(ANY)
def test_iobes_never_breaks_its_rules(labels):
    steps = itertools.pairwise([None, *iobes(labels), None])
    assert all(may_follow(label, after) for after, label in steps)


def test_what_may_follow():
    """A sequence of three labels is allowed exactly when it is the IOBES form of its own entities."""
    names = iobes_labels(TYPES)
    assert names[:5] == ("O", "B-PER", "I-PER", "E-PER", "S-PER") and len(names) == 9
    for labels in itertools.product(names, repeat=3):
        allowed = all(may_follow(label, after) for after, label in itertools.pairwise([None, *labels, None]))
        assert allowed == (iobes(labels) == labels)


# --- files ------------------------------------------------------------------------------------------------------------


def test_published_layouts(tmp_path):
    start = "-DOCSTART- -X- O O\n\n"
    write(tmp_path, "eng.train", f"{start}EU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\n\n{start}Peter NNP I-NP I-PER\n")
    assert find_set(tmp_path) == "conll2003"
    assert read(tmp_path, "train") == [TaggedSentence(("EU", "rejects"), ("B-ORG", "O")), TaggedSentence(("Peter",), ("B-PER",))]
    with pytest.raises(DataError, match=r"eng\.testa: no such file"):
        read(tmp_path, "dev")


def test_latin_1_and_utf_8(tmp_path):
    text = "Coruña NP B-LOC\n, Fc O\n"
    for encoding in ("latin-1", "utf-8"):
        write(tmp_path, "esp.train", text, encoding)
        assert read(tmp_path, "train", "conll2002_es")[0].tokens == ("Coruña", ",")


def test_two_sets_in_one_folder(tmp_path):
    write(tmp_path, "esp.train", "Madrid NP B-LOC\n")
    write(tmp_path, "ned.train", "-DOCSTART- -DOCSTART- O\nGent N B-LOC\n")
    assert read(tmp_path, "train", "conll2002_nl") == [TaggedSentence(("Gent",), ("B-LOC",))]
    with pytest.raises(DataError, match="conll2002_es and conll2002_nl"):
        read(tmp_path, "train")
    with pytest.raises(DataError, match="no data set 'conll'"):
        read(tmp_path, "train", "conll")


OWN_FILES = {"train.conll": "train", "dev.txt": "dev", "valid.iob2": "dev", "validation.bio": "dev", "test": "test"}


@pytest.mark.parametrize("name", OWN_FILES)
def test_own_files(tmp_path, name):
    split = OWN_FILES[name]
    write(tmp_path, name, "\ufeffJim\tB-person\r\nat\tO\r\n\t\r\nhome\tO")
    assert read(tmp_path, split) == [TaggedSentence(("Jim", "at"), ("B-person", "O")), TaggedSentence(("home",), ("O",))]


def test_tokens_may_contain_unusual_spaces(tmp_path):
    write(tmp_path, "train.txt", "a\u2028b O\n\u00a0 O\nc\x85 O\n")
    assert read(tmp_path, "train")[0].tokens == ("a\u2028b", "\u00a0", "c\x85")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a O\nb\n", "line 2 has 1 columns, expected 2"),
        ("a O\n\nb NN O\n", "line 3 has 3 columns, expected 2"),
        ("lonely\n", "line 1 has 1 columns, expected at least a token and its label"),
        ("a O\nb B\n", "line 2 has the label 'B'"),
        ("a O\nb X-PER\n", "line 2 has the label 'X-PER'"),
        ("\n\n", "holds no sentences"),
    ],
)
def test_a_broken_line_is_named(tmp_path, text, why):
    write(tmp_path, "train.txt", text)
    with pytest.raises(DataError, match=why) as caught:
        read(tmp_path, "train")
    assert "train.txt" in str(caught.value) and "\n" not in str(caught.value)


def test_files_of_any_name_are_splits_and_all_are_all(tmp_path):
    write(tmp_path, "mine.conll", "Ada B-PER\n")
    write(tmp_path, "more.iob2", "London B-LOC\n")
    write(tmp_path, "notes", "not labelled")
    assert [sentence.tokens for sentence in read(tmp_path, "mine")] == [("Ada",)]
    assert [sentence.tokens for sentence in read(tmp_path, "all")] == [("Ada",), ("London",)]
    with pytest.raises(DataError, match=r"no file for the split dev; expected dev\.conll, .*; it has mine, more, and `all`"):
        read(tmp_path, "dev")
    write(tmp_path, "eng.testa", "Ada I-PER\n")
    with pytest.raises(DataError, match="no split 'mine' of CoNLL-2003 English; choose from train, dev, test"):
        read(tmp_path, "mine")


def test_errors_say_what_is_missing(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read(tmp_path / "none", "train")
    with pytest.raises(DataError, match=r"expected testb\.conll"):
        read(tmp_path, "testb")
    with pytest.raises(DataError, match=r"expected dev\.conll, val\.conll"):
        read(tmp_path, "dev")
    write(tmp_path, "train.txt", "é O\n", "latin-1")
    with pytest.raises(DataError, match="line 1 is not UTF-8"):
        read(tmp_path, "train")


@pytest.mark.parametrize(
    ("folder", "dataset", "sizes"),
    [
        ("conll2003", "conll2003", (14041, 3250, 203621)),
        ("conll2002", "conll2002_es", (8323, 1915, 264715)),
        ("conll2002", "conll2002_nl", (15806, 2895, 202644)),
        ("wnut17", "wnut17", (3394, 1009, 62730)),
    ],
)
def test_sizes_match_the_publications(data_folder, folder, dataset, sizes):
    if not (data_folder / folder).is_dir():
        pytest.skip(f"no {folder} in {data_folder}")
    train, dev = (read(data_folder / folder, split, dataset) for split in ("train", "dev"))
    assert (len(train), len(dev), sum(len(sentence.tokens) for sentence in train)) == sizes
    if dataset == "conll2003":
        counts = Counter(span.type for sentence in train for span in spans(sentence.labels))
        assert counts == {"LOC": 7140, "PER": 6600, "ORG": 6321, "MISC": 3438}


# --- layouts of others ------------------------------------------------------------------------------------------------

ADA = [TaggedSentence(("Ada", "worked"), ("B-PER", "O")), TaggedSentence(("#", "1996"), ("O", "O"))]


@pytest.mark.parametrize(
    "text",
    [
        "Ada B-PER\rworked O\r\r# O\r1996 O\r",
        "# id = 1\n# text = Ada was O\nAda B-PER\nworked O\n\n# O\n1996 O\n",
        "#\thttps://example.org\n\tAda\t_\tB-PER\n\tworked\t_\tO\n\n#\t_\tO\n1996\t_\tO\n",
        "# sent_id = 1\n1\tAda\tAda\tPROPN\t0\tB-PER\n2\tworked\twork\tVERB\t0\tO\n\n1\t#\t_\t_\t0\tO\n2\t1996\t_\t_\t0\tO\n",
        "#\tA paper [2009-10-17]\n1\tAda\tB-PER\tO\n2\tworked\tO\tB-ORG\n\n1\t#\tO\tO\n2\t1996\tO\tO\n",
        "1-2\tAdaworked\t_\t_\tO\n1\tAda\t_\t_\tB-PER\n2\tworked\t_\t_\tO\n2.1\tand\t_\t_\tO\n\n1\t#\t_\t_\tO\n2\t1996\t_\t_\tO\n",
    ],
    ids=["CR only", "comments", "leading tab", "CoNLL-U", "GermEval", "several words"],
)
def test_other_layouts(tmp_path, text):
    write(tmp_path, "train.txt", text)
    assert read(tmp_path, "train") == ADA


def test_a_number_may_be_the_only_token(tmp_path):
    write(tmp_path, "train.txt", "1996 O\n\n1997 O\n")
    assert [sentence.tokens for sentence in read(tmp_path, "train")] == [("1996",), ("1997",)]


def test_universal_dependencies_without_entities_are_refused(tmp_path):
    write(tmp_path, "train.txt", "1\tAda\tAda\tPROPN\t_\t_\t2\tnsubj\t_\tSpaceAfter=No\n")
    with pytest.raises(DataError, match=r"line 1 has the label 'SpaceAfter=No', expected O"):
        read(tmp_path, "train")
