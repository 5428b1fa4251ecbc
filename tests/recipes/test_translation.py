from dataclasses import replace
from functools import partial

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import keras
import tensorflow as tf

from mediakit.datasets import hindi_english, multi30k, parallel_text
from mediakit.datasets.parallel_text import SentencePair
from mediakit.errors import DataError, InputError
from mediakit.recipes import translation
from mediakit.recipes.translation import Config
from mediakit.runtime.decoding import DecodingOptions, StepResult, decode
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.network import Network
from mediakit.text.subwords import PLACEHOLDERS, learn
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN
from mediakit.training import checkpoints
from mediakit.training.batches import padded
from mediakit.training.distribution import make_strategy
from mediakit.training.export import export_network
from mediakit.training.loading import Recipe
from mediakit.training.sentence_pairs import GreedyTranslator
from mediakit.training.trainer import Trainer
from mediakit.training.warm_start import WarmStart

CONFIG = Config(vocabulary=90, embedding=10, units=12, sentences_per_batch=4, batches_per_bucket=2, epochs=2)
WORDS = {"a": "ein", "dog": "Hund", "cat": "Katze", "red": "roter", "runs": "läuft", "sleeps": "schläft", "and": "und", "house": "Haus"}


def write_pairs(folder, split, count):
    rng = np.random.default_rng(count)
    english = [rng.choice(list(WORDS), rng.integers(1, 8)).tolist() for _ in range(count)]
    for language, lines in (("en", english), ("de", [[WORDS[word] for word in line] for line in english])):
        (folder / f"{split}.{language}").write_text("".join(" ".join(line) + "\n" for line in lines), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    write_pairs(folder, "train", 30)
    write_pairs(folder, "val", 6)
    return folder


@pytest.fixture(scope="module")
def data(folder):
    return translation.read(CONFIG, folder)


@pytest.fixture(scope="module")
def model(data):
    return make_model(CONFIG, data)


def make_model(config, data):
    keras.utils.set_random_seed(0)
    model = translation.build(config, data)
    for variable in model.trainable_variables:  # larger than at first, or all outputs are nearly alike
        variable.assign(variable * 2 + 0.05)
    return model


def sources(data, rng, lengths):
    return padded([rng.integers(UNKNOWN + 1, len(data.source), length) for length in lengths], PAD, np.int32)


def targets(data, rng, count, steps):
    ids = rng.integers(UNKNOWN + 1, len(data.target), (count, steps)).astype(np.int32)
    ids[:, 0] = START
    return ids


def test_shapes_and_padding(data, model):
    rng = np.random.default_rng(0)
    source, target = sources(data, rng, [5, 2, 1]), targets(data, rng, 3, 4)
    logits = model([source, target]).numpy()
    assert logits.shape == (3, 4, len(data.target))
    wider = model([np.pad(source, [(0, 0), (0, 6)]), np.pad(target, [(0, 0), (0, 3)])]).numpy()
    np.testing.assert_allclose(wider[:, :4], logits, rtol=1e-4, atol=1e-5)
    alone = model([source[1:2, :2], target[1:2]]).numpy()
    np.testing.assert_allclose(alone, logits[1:2], rtol=1e-4, atol=1e-5)


def test_attention_sees_the_whole_source_and_no_padding(data, model):
    rng = np.random.default_rng(1)
    source, target = sources(data, rng, [6]), targets(data, rng, 1, 3)
    logits = model([source, target]).numpy()
    for position in range(6):
        changed = source.copy()
        changed[0, position] = UNKNOWN + 1 + (source[0, position] - UNKNOWN) % (len(data.source) - UNKNOWN - 1)
        assert np.abs(model([changed, target]).numpy() - logits).max() > 1e-4


def read_by_steps(step, source):
    """What `encoder_step` makes of sentences of different lengths, as a pipeline calls it: memory, mask, first states."""
    lengths = (source != PAD).sum(axis=1)
    count, longest = source.shape
    rows = np.arange(count)
    names = [name for name in step.keys if name.startswith("state_")]
    state = {name: np.zeros((count, step.units), np.float32) for name in names}
    memory = np.zeros((count, longest, 2 * step.units), np.float32)
    for i in range(longest):
        going, last = i < lengths, np.maximum(lengths - 1 - i, 0)
        new = step(tokens_forward=source[:, i], tokens_backward=source[rows, last], **state)
        state = {name: np.where(going[:, None], new[name], state[name]) for name in names}
        memory[going, i, : step.units] = new["state_forward_h"][going]
        memory[rows[going], last[going], step.units :] = new["state_backward_h"][going]
    parts = [name[-1] for name in names if "forward" in name]
    first = {f"state_{part}": np.concatenate([state[f"state_{way}_{part}"] for way in ("forward", "backward")], 1) for part in parts}
    return memory, (source != PAD).astype(np.float32), first


class Step:
    """A step network, of Keras or shipped, that takes and gives arrays by name."""

    def __init__(self, run, keys):
        self.run, self.keys, self.units = run, list(keys), CONFIG.units // 2

    @classmethod
    def of(cls, model):
        return cls(lambda **given: {k: v.numpy() for k, v in model(given, training=False).items()}, model.input)

    def __call__(self, **given):
        return self.run(**given)


def test_steps_of_the_encoder_are_the_encoder(data, model):
    source = sources(data, np.random.default_rng(2), [5, 2, 7, 1])
    encoder = model.get_layer("encoder")
    memory, mask, first = read_by_steps(Step.of(translation.encoder_step(encoder)), source)
    wanted, hidden, cell = (x.numpy() for x in encoder(source))
    np.testing.assert_allclose(memory, wanted * mask[..., None], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(first["state_h"], hidden, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(first["state_c"], cell, rtol=1e-4, atol=1e-5)


def write_given_words(encoder, decoder, source, target):
    """Log-probabilities of each next word of `target`, step by step, and the attention."""
    memory, mask, state = read_by_steps(encoder, source)
    state["state_readout"] = np.zeros((len(source), CONFIG.embedding), np.float32)
    outputs = []
    for tokens in target.T:
        result = decoder(tokens=tokens, memory=memory, mask=mask, **state)
        state = {name: result[name] for name in state}
        outputs.append((result["log_probabilities"], result["attention"]))
    return [np.stack(part, axis=1) for part in zip(*outputs, strict=True)]


def test_steps_are_the_whole_model(data, model):
    rng = np.random.default_rng(3)
    source, target = sources(data, rng, [4, 6, 1]), targets(data, rng, 3, 5)
    steps = (Step.of(translation.encoder_step(model.get_layer("encoder"))), Step.of(translation.decoder_step(model)))
    log_probabilities, attention = write_given_words(*steps, source, target)
    wanted = keras.ops.log_softmax(model([source, target])).numpy()
    np.testing.assert_allclose(log_probabilities, wanted, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(attention.sum(axis=-1), 1, rtol=1e-5)
    assert attention[2, :, 1:].max() < 1e-6  # padding


def export_networks(config, model, folder):
    shipped = {}
    for name, export in translation.networks(config, None, model).items():
        entry = export_network(export, folder / f"{name}.tflite")
        network = Network(folder / f"{name}.tflite", entry["inputs"], entry["outputs"])
        shipped[name] = Step(network, [tensor["name"] for tensor in network.inputs])
    return shipped


def test_shipped_networks_compute_the_same_at_any_size(data, model, tmp_path):
    """Several times at each of several sizes, back and forth: stale memory of a delegate shows from the second call on."""
    shipped = export_networks(CONFIG, model, tmp_path)
    rng = np.random.default_rng(4)
    for lengths in ([3], [5, 2, 7], [1] * 12, [9, 9], [3], [5, 2, 7], [2] * 40):
        for _ in range(2):
            source, target = sources(data, rng, lengths), targets(data, rng, len(lengths), 4)
            log_probabilities, _ = write_given_words(shipped["encoder"], shipped["decoder"], source, target)
            wanted = keras.ops.log_softmax(model([source, target])).numpy()
            assert np.linalg.norm(log_probabilities - wanted) < 0.05 * np.linalg.norm(wanted)


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_other_cells_train_and_ship(data, tmp_path, cell):
    config = replace(CONFIG, cell=cell)
    model = make_model(config, data)
    [phase] = translation.phases(config, data, model, tmp_path)
    _, metrics = Trainer(model, [phase], make_strategy("one"), tmp_path).try_step(phase)
    assert np.isfinite(metrics["loss"])
    shipped = export_networks(config, model, tmp_path)
    assert "state_c" not in shipped["decoder"].keys
    rng = np.random.default_rng(4)
    source, target = sources(data, rng, [5, 2, 7]), targets(data, rng, 3, 4)
    log_probabilities, _ = write_given_words(shipped["encoder"], shipped["decoder"], source, target)
    wanted = keras.ops.log_softmax(model([source, target])).numpy()
    assert np.linalg.norm(log_probabilities - wanted) < 0.05 * np.linalg.norm(wanted)


def test_an_unknown_cell_is_one_line():
    with pytest.raises(InputError, match="cell=cnn: choose from lstm, gru, rnn"):
        Recipe(translation).config({"cell": "cnn"})


def test_greedy_writing_in_the_graph_is_the_runtimes(data, model):
    sentences = [pair.source for pair in data.validation]
    limit = 2 * max(len(data.source.encode(sentence)) for sentence in sentences) + 10
    step = translation.decoder_step(model)
    translator = GreedyTranslator(data.source, data.target, translation.decoder_step(model), partial(translation.first_inputs, model))
    written = translator(tf.constant(sentences)).numpy()
    for sentence, text in zip(sentences, written, strict=True):
        source = np.array([data.source.encode(sentence)], np.int32)
        memory, mask, state = read_by_steps(Step.of(translation.encoder_step(model.get_layer("encoder"))), source)
        state["state_readout"] = np.zeros((1, CONFIG.embedding), np.float32)

        def next_word(tokens, state, memory=memory, mask=mask):
            outputs = {k: v.numpy() for k, v in step({"tokens": tokens, "memory": memory, "mask": mask, **state}).items()}
            return StepResult(outputs["log_probabilities"], {name: outputs[name] for name in state})

        options = DecodingOptions(START, END, limit, beam=1, forbidden=(PAD, START, UNKNOWN))
        [[best]] = decode(next_word, state, 1, options)
        assert data.target.decode(best.tokens) == text.decode()


def same_ids(subwords, sentences):
    from tensorflow_text import SentencepieceTokenizer

    ids = SentencepieceTokenizer(subwords.model).tokenize(tf.constant(sentences)).to_list()
    different = [sentence for sentence, row in zip(sentences, ids, strict=True) if subwords.encode(sentence) != row]
    assert not different, different[:3]


def test_the_graphs_tokenizer_gives_the_same_ids_on_made_lines(data):
    odd = [
        *PLACEHOLDERS,
        "a \ue000's dog, 1234.5",
        "",
        " ",
        "a  dog\u00a0runs",
        "Ａ ｄｏｇ ½ ﬁ",
        "dog\tcat\r\n",
        "e\u0301 \u095b ज\u093c",
        "👩‍🚀 \u200b x",
        "DOG Ω dog.",
    ]
    for subwords in (data.source, data.target):
        same_ids(subwords, [*odd, *(pair.source for pair in data.train), *(pair.target for pair in data.train)])


@pytest.mark.parametrize(("name", "target"), [("multi30k", "de"), ("multi30k", "fr"), ("multi30k", "cs"), ("hindi_english", "hi")])
def test_the_graphs_tokenizer_gives_the_same_ids_on_every_validation_line(data_folder, name, target):
    folder = data_folder / name
    if not (multi30k.is_here(folder) or hindi_english.is_here(folder)):
        pytest.skip(f"no {name} in {data_folder}")
    pairs = parallel_text.read(folder, "val", "en", target)
    for side, normalization in (("source", "nmt_nfkc"), ("target", "identity")):
        lines = [getattr(pair, side) for pair in pairs]
        same_ids(learn(1500, ((line, 1.0) for line in lines), normalization), lines)


def test_subwords_are_learned_the_same_again(data):
    pairs = [(pair.source, pair.weight) for pair in data.train]
    first, second = (learn(60, iter(pairs), "nmt_nfkc").model for _ in range(2))
    assert first == second


def batches(config, data, model, epoch=0, start=0):
    [phase] = translation.phases(config, data, model, None)
    return phase, list(phase.batches(epoch, start))


def test_batches_resume(data, model):
    phase, whole = batches(CONFIG, data, model)
    assert len(whole) == phase.steps == 30 // 4
    _, rest = batches(CONFIG, data, model, start=4)
    for one, other in zip(whole[4:], rest, strict=True):
        np.testing.assert_array_equal(one["target"], other["target"])
    assert (whole[0]["target"][:, 0] == START).all() and ((whole[0]["target"] == END).sum(axis=1) == 1).all()
    _, next_epoch = batches(CONFIG, data, model, epoch=1)
    assert [b["source"].tolist() for b in next_epoch] != [b["source"].tolist() for b in whole]


def test_pairs_come_as_often_as_their_weights_say(data, model):
    pairs = [SentencePair("dog", "Hund", "x", 2.5), SentencePair("cat", "Katze", "x", 0.25)] * 8
    weighted = translation.Data(pairs, data.validation, data.source, data.target, data.origins)
    config = replace(CONFIG, segmentation_alpha=None, sentences_per_batch=2)
    phase, found = batches(config, weighted, model)
    assert phase.steps == 11
    dog = tuple(data.source.encode("dog"))
    dogs = sum(tuple(row[row != PAD]) == dog for batch in found for row in batch["source"])
    assert 18 <= dogs <= 22


def test_metrics_and_card(data, model):
    [phase] = translation.phases(CONFIG, data, model, None)
    assert set(phase.validate()) == {"bleu", "chrf", "length"}
    card = translation.card(CONFIG, data)
    assert "from en to de" in card.summary and [entry["license"] for entry in card.data] == ["its owner's"]


def test_weights_of_data_sets_can_be_set(folder):
    data = translation.read(replace(CONFIG, weights=f"{folder.name}=2.5"), folder)
    assert {pair.weight for pair in data.train} == {2.5}


@pytest.fixture
def start(data, model, tmp_path):
    checkpoints.save(tmp_path / "best.npz", model.variables, {})
    return WarmStart("mine", Recipe(translation), CONFIG, ModelFolder(tmp_path, {"name": "mine"}), data, tmp_path / "best.npz")


def test_a_warm_start_in_other_languages_shares_vectors_of_equal_subwords(data, folder, model, start):
    config = replace(CONFIG, source="de", target="en")
    swapped = translation.read(config, folder, start)
    new_model = translation.build(config, swapped)
    assert start.apply(start.recipe, config, swapped, new_model) == []
    ours, theirs = ({v.path: v.numpy() for v in each.trainable_variables} for each in (new_model, model))
    for path, values in ours.items():
        if "embedding" not in path:
            np.testing.assert_array_equal(values, theirs[path])
    new, old = (each.target.pieces(range(len(each.target))) for each in (swapped, data))
    both = set(new) & set(old)
    assert {"<unk>", "▁"} <= both and len(both) < len(new)
    table, before = ours["target_embedding/embeddings"], theirs["target_embedding/embeddings"]
    assert {piece for i, piece in enumerate(new) if piece in both and np.array_equal(table[i], before[old.index(piece)])} == both


def test_a_warm_start_in_the_same_languages_keeps_its_subwords(data, folder, start):
    assert translation.read(CONFIG, folder, start).target is data.target
    assert translation.read(replace(CONFIG, vocabulary=80), folder, start).target is not data.target


def test_too_little_to_learn_from(tmp_path, folder):
    write_pairs(tmp_path, "train", 3)
    write_pairs(tmp_path, "val", 3)
    with pytest.raises(DataError, match="3 training pairs of at most 100 subwords, fewer than one batch of 4"):
        translation.read(CONFIG, tmp_path)
    with pytest.raises(DataError, match="too little text to learn subwords from"):
        translation.read(replace(CONFIG, vocabulary=5), folder)


def test_varied_pairs_and_short_epochs(folder):
    data = translation.read(replace(CONFIG, vary=True), folder)
    assert len(data.train) > 30
    config = replace(CONFIG, pairs_per_epoch=9)
    [phase] = translation.phases(config, data, translation.build(config, data), None)
    assert phase.steps == 9 // 4


def test_placeholders_and_digits_are_subwords_of_their_own(data):
    for subwords in (data.source, data.target):
        pieces = subwords.pieces(subwords.encode("".join(PLACEHOLDERS) + "11"))
        assert pieces[:1] == ["▁"] and tuple(pieces[1:9]) == PLACEHOLDERS and len(subwords.decode(subwords.encode(PLACEHOLDERS[0]))) == 1


def test_metrics_of_each_data_set(data, model):
    pairs = [replace(pair, origin=name) for pair, name in zip(data.validation, "xyxyxy", strict=True)]
    [phase] = translation.phases(CONFIG, replace(data, validation=pairs), model, None)
    assert set(phase.validate()) == {"bleu", "chrf", "length", "chrf_x", "chrf_y"}
