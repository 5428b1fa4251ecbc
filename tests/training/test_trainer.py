"""What the trainer promises, on a model of one weight whose gradients can be done by hand."""

import dataclasses
import json

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
import tensorflow as tf

from mediakit.errors import DataError, MediakitError, RecipeError
from mediakit.training.averaging import MovingAverage
from mediakit.training.recipe import Group, Loss, Phase, Update
from mediakit.training.schedules import WarmupCosine
from mediakit.training.trainer import Interrupted, Trainer


def line_model():
    x = keras.Input((1,))
    return keras.Model(x, keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(x))


def phase(model, rate=0.1, clip=None, epochs=1, target=3.0, average=None, monitor=None, validate=None):
    def batches(epoch, start):
        return [{"x": np.ones((4, 1))}] * (5 - start)

    def loss(batch):
        error = model(batch["x"], training=True) - target
        return Loss(tf.reduce_sum(error**2), tf.cast(tf.shape(error)[0], tf.float32))

    def updates():
        return [Update("loss", loss, [Group(model.trainable_variables, keras.optimizers.SGD(rate))], clip)]

    return Phase("fit", epochs, 5, batches, updates, validate=validate, monitor=monitor, average=average)


def weight(model):
    return float(np.asarray(model.trainable_variables[0]).item())


def train(model, phases, run):
    Trainer(model, phases, tf.distribute.get_strategy(), run).train()


def test_loss_is_divided_by_the_weight(tmp_path):
    model = line_model()
    train(model, [phase(model)], tmp_path)
    wanted = 0.0
    for _ in range(5):
        wanted -= 0.1 * 2 * (wanted - 3)
    assert weight(model) == pytest.approx(wanted, rel=1e-5)


def test_gradients_are_clipped_by_their_norm(tmp_path):
    model = line_model()
    train(model, [phase(model, clip=0.5)], tmp_path)
    assert weight(model) == pytest.approx(5 * 0.1 * 0.5, rel=1e-5)


def test_the_best_epoch_is_kept(tmp_path):
    model = line_model()
    values = iter([1.0, 5.0, 2.0])
    seen = []

    def validate():
        seen.append(weight(model))
        return {"score": next(values)}

    train(model, [phase(model, epochs=3, monitor="score", validate=validate)], tmp_path)
    assert weight(model) == pytest.approx(seen[1])
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["validation_score"] for row in rows] == [1.0, 5.0, 2.0]


def test_a_finished_run_is_not_trained_again(tmp_path):
    model = line_model()
    train(model, [phase(model)], tmp_path)
    before, again = weight(model), line_model()
    train(again, [phase(again)], tmp_path)
    assert weight(again) == before
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1


def test_a_loss_that_is_no_number_ends_the_run(tmp_path):
    model = line_model()
    with pytest.raises(MediakitError, match=r"epoch 1, step 1.*learning rate"):
        train(model, [phase(model, target=float("nan"))], tmp_path)


def test_moving_average():
    variable = keras.Variable(0.0)
    average = MovingAverage([variable], decay=0.5)
    wanted = 0.0
    for i, value in enumerate([1.0, 2.0, 3.0]):
        variable.assign(value)
        average.update()
        decay = min(0.5, (1 + i) / (10 + i))
        wanted = decay * wanted + (1 - decay) * value
    average.swap()
    assert float(variable) == pytest.approx(wanted)
    average.swap()
    assert float(variable) == 3.0


def test_schedule():
    schedule = WarmupCosine(1.0, steps=110, warmup=10, floor=0.1)
    values = [float(schedule(step)) for step in (0, 9, 10, 60, 110, 500)]
    assert values == pytest.approx([0.1, 1.0, 1.0, 0.55, 0.1, 0.1], abs=1e-5)


def test_what_losses_keep_is_brought_up_to_date_after_each_step_and_saved(tmp_path):
    model, seen, last = line_model(), keras.Variable(0, dtype="int32"), keras.Variable(0.0)

    def after_step(metrics):
        seen.assign_add(1)
        last.assign(metrics["loss"])

    def kept(epochs):
        made = phase(model, epochs=epochs)
        return Phase(made.name, epochs, made.steps, made.batches, made.updates, state=(seen, last), after_step=after_step)

    train(model, [kept(2)], tmp_path / "whole")
    assert int(seen) == 10 and 0 < float(last) < 9
    interrupted = Trainer(model, [kept(3)], tf.distribute.get_strategy(), tmp_path / "cut")
    interrupted._stop = True
    with pytest.raises(Exception, match="goes on from here"):
        interrupted.train()
    count = int(seen)
    seen.assign(0)
    train(model, [kept(3)], tmp_path / "cut")
    assert int(seen) == count + 14


def test_an_update_is_made_as_often_as_it_says(tmp_path):
    model, made = line_model(), phase(line_model())

    def updates():
        each = Group(model.trainable_variables, keras.optimizers.SGD(1.0))

        def loss(batch):
            rows = tf.cast(tf.shape(batch["x"])[0], tf.float32)
            return Loss(-rows * tf.reduce_sum(model.trainable_variables[0]), rows)

        return [Update("loss", loss, [each]), Update("seldom", lambda x: Loss(100 * loss(x).total, loss(x).weight), [each], every=4)]

    # Two epochs of five steps: the count of steps goes on from one to the next, so it is made at 0, 4 and 8.
    train(model, [Phase("fit", 2, 5, made.batches, updates)], tmp_path)
    assert weight(model) == pytest.approx(10 + 3 * 100)


def test_named_phases_alone_go_on_from_what_is_finished(tmp_path):
    model = line_model()
    phases = [phase(model, target=3.0), dataclasses.replace(phase(model, target=3.0), name="again")]
    trainer = Trainer(model, phases, tf.distribute.get_strategy(), tmp_path)
    trainer.train(["fit"])
    after_first = weight(model)
    again = line_model()
    phases = [phase(again), dataclasses.replace(phase(again), name="again")]
    Trainer(again, phases, tf.distribute.get_strategy(), tmp_path).train(["again"])
    assert 0 < after_first < weight(again) < 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"updates": lambda: [Update("loss", lambda batch: tf.reduce_mean(batch["x"]), [])]}, "update loss.*wanted a Loss"),
        ({"monitor": "accuracy", "validate": lambda: {"loss": 1.0}}, "monitors accuracy, but validate returns loss"),
        ({"updates": lambda: [Update("loss", None, [Group([], keras.optimizers.SGD(clipnorm=1.0))])]}, "give clip_norm to the phase"),
    ],
)
def test_mistakes_in_a_phase_are_one_line(tmp_path, change, message):
    model = line_model()
    with pytest.raises(RecipeError, match=message):
        train(model, [dataclasses.replace(phase(model), **change)], tmp_path)
    with pytest.raises(RecipeError, match="monitors accuracy but has no validate"):
        dataclasses.replace(phase(model), monitor="accuracy")


def interrupted(run, epochs=3):
    """A run that stopped after one step of its second epoch."""
    model, scores = line_model(), iter([1.0, 0.5, 2.0])
    made = phase(model, epochs=epochs, monitor="score", validate=lambda: {"score": next(scores)})
    trainer = Trainer(model, [made], tf.distribute.get_strategy(), run)
    steps = trainer._step_function

    def stopping(*arguments):
        step = steps(*arguments)

        def run_step(batch, number):
            trainer._stop = number == 5
            return step(batch, number)

        return run_step

    trainer._step_function = stopping
    with pytest.raises(Interrupted):
        trainer.train()


@pytest.mark.parametrize("damaged", ["last.npz", "best.npz"])
def test_a_damaged_file_gives_way_to_the_one_before_or_ends_in_one_line(tmp_path, damaged):
    interrupted(tmp_path)
    (tmp_path / damaged).write_bytes(b"")
    model = line_model()
    made = phase(model, epochs=3, monitor="score", validate=lambda: {"score": 2.0})
    if damaged == "best.npz":
        with pytest.raises(DataError, match=r"best\.npz: is damaged.*delete it"):
            train(model, [made], tmp_path)
        (tmp_path / damaged).unlink()
    train(model, [made], tmp_path)
    whole = line_model()
    train(whole, [phase(whole, epochs=2)], tmp_path / "whole")
    assert weight(model) == pytest.approx(weight(whole))  # epoch 2 was the best
