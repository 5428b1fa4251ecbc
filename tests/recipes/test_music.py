"""The music recipe: exact probabilities, crops, and a model that learns a scale."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
import keras

from mediakit.media import piano_roll
from mediakit.recipes import music
from mediakit.tasks.music import note_features as features
from mediakit.training.distribution import make_strategy
from mediakit.training.export import export_network
from mediakit.training.pieces import EncodedPiece, inputs_of
from mediakit.training.trainer import Trainer

CONFIG = music.Config(units=6, hidden=10, crop=12, crops_per_batch=4, dropout=0.0, note_dropout=0.0)


def piece(seed=0, frames=30):
    rng = np.random.default_rng(seed)
    roll = np.zeros((frames, piano_roll.KEYS), np.uint8)
    for frame in roll:
        frame[rng.integers(20, 60, rng.integers(0, 5))] = 1
    return roll


DATA = music.Data([piece()] * 4, [piece()], "midi")


def build(config):
    keras.utils.set_random_seed(3)
    return music.build(config, DATA)


@pytest.fixture(scope="module")
def model():
    return build(CONFIG)


def answers(model, crops):
    inputs = inputs_of(crops)
    log_probabilities, over = model([inputs[tensor.name] for tensor in model.inputs], training=False)
    return inputs, np.asarray(log_probabilities), np.asarray(over)


def test_only_lower_notes_can_follow_and_probabilities_sum_to_one(model):
    inputs, log_probabilities, _ = answers(model, [EncodedPiece(piece()).crop()])
    np.testing.assert_allclose(np.exp(log_probabilities).sum(axis=-1), 1, rtol=1e-5)
    impossible = np.arange(piano_roll.KEYS) >= inputs["above"][..., None]
    assert np.exp(log_probabilities[..., :-1])[impossible].max() < 1e-20
    assert np.exp(log_probabilities[..., :-1])[~impossible & (inputs["above"] > 0)[..., None]].min() > 1e-9


def test_loss_is_the_sum_of_the_chosen(model):
    pieces = [EncodedPiece(piece(seed, frames)) for seed, frames in ((1, 9), (2, 14))]
    inputs, log_probabilities, over = answers(model, [part.crop() for part in pieces])
    loss = music.music_loss(CONFIG, model, inputs, training=False)
    nll = 0.0
    for row, part in enumerate(pieces):
        for frame, keys in enumerate(part.roll):
            for rank, key in enumerate([*piano_roll.keys_of(keys), features.END]):
                nll -= log_probabilities[row, frame, rank, key]
    ended = sum(np.log1p(np.exp(-over[row, len(part.roll)])) for row, part in enumerate(pieces))
    ended += sum(np.log1p(np.exp(over[row, : len(part.roll)])).sum() for row, part in enumerate(pieces))
    assert float(loss.weight) == 23
    np.testing.assert_allclose(float(loss.total), nll + CONFIG.end_weight * ended, rtol=1e-5)


def test_padding_and_other_pieces_change_nothing(model):
    short, long = (EncodedPiece(piece(seed, frames)).crop() for seed, frames in ((1, 5), (2, 12)))
    _, alone, _ = answers(model, [short])
    _, together, _ = answers(model, [short, long])
    np.testing.assert_allclose(together[0, : alone.shape[1], : alone.shape[2]], alone[0], atol=1e-5)


def test_crops_are_parts_of_the_piece():
    part = EncodedPiece(piece(frames=20))
    middle, last = part.crop(4, 6, 3), part.crop(14, 6, 0)
    assert middle["over"].tolist() == [0] * 6 and last["over"].tolist() == [0] * 6 + [1]
    assert (last["notes"][-1] == -1).all()
    np.testing.assert_array_equal(middle["previous"][0], piano_roll.transposed(part.roll[3], 3))
    expected = features.frame_notes(piano_roll.transposed(part.roll[4:10], 3))
    np.testing.assert_array_equal(middle["notes"][:, : expected.shape[1]], expected)
    assert middle["position"].tolist() == list(range(4, 10))


def test_batches_follow_from_the_step_alone():
    crops = music.TrainingCrops(CONFIG, [piece(seed, 8 + seed) for seed in range(9)])
    whole, rest = list(crops.batches(1, 0)), list(crops.batches(1, 1))
    assert len(whole) == crops.steps
    np.testing.assert_array_equal(rest[0]["note"], whole[1]["note"])


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_networks_that_ship_compute_what_the_model_computes(cell):
    """Frame by frame and note by note, with the states carried on."""
    model = build(replace(CONFIG, cell=cell))
    inputs, log_probabilities, over = answers(model, [EncodedPiece(piece(5, 7)).crop()])
    step, note = music.frame_step(model), music.note_network(model)
    states = {name: np.zeros((1, tensor.shape[1]), np.float32) for name, tensor in step.input.items() if name != "frame"}
    for frame in range(8):
        outputs = {name: np.asarray(part) for name, part in step({"frame": inputs["frame"][:, frame], **states}).items()}
        states = {name: outputs[name] for name in states}
        np.testing.assert_allclose(outputs["over"][0, 0], over[0, frame], atol=1e-5)
        for rank in range(log_probabilities.shape[2]):
            row = {name: inputs[name][:, frame, rank : rank + 1] for name in ("reference", "above")}
            got = note({"heard": outputs["heard"], "note": inputs["note"][:, frame, rank], **row})["log_probabilities"]
            np.testing.assert_allclose(np.asarray(got)[0], log_probabilities[0, frame, rank], atol=1e-4)


def test_a_gru_trains_and_ships(tmp_path):
    config = replace(CONFIG, cell="gru")
    model = build(config)
    [phase] = phases = music.phases(config, DATA, model, tmp_path)
    _, metrics = Trainer(model, phases, make_strategy("one"), tmp_path).try_step(phase)
    assert np.isfinite(metrics["loss"])
    for key, export in music.networks(config, DATA, model).items():
        export_network(export, tmp_path / f"{key}.tflite")  # compares it with the model


def test_validation_is_the_mean_over_all_frames(model):
    """Of pieces in several batches, as of all together."""
    rolls = [piece(seed, frames) for seed, frames in ((1, 5), (2, 12), (3, 8))]
    inputs = inputs_of([EncodedPiece(roll).crop() for roll in rolls])
    metrics = music.music_loss(CONFIG, model, inputs, training=False).metrics
    expected = {name: float(total) / float(weight) for name, (total, weight) in metrics.items()}
    assert music.validator(CONFIG, rolls, model)() == pytest.approx(expected, rel=1e-5)
