"""What the trainer promises, on a model of one weight whose gradients can be done by hand."""

import json

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import keras
import tensorflow as tf

from mediakit.errors import DataError, InputError, MediakitError
from mediakit.training import checkpoints
from mediakit.training.averaging import MovingAverage
from mediakit.training.recipe import Group, Loss, Phase, Shard, Update, find_recipe, make_config
from mediakit.training.schedules import WarmupCosine
from mediakit.training.trainer import Trainer


def line_model():
    x = keras.Input((1,))
    return keras.Model(x, keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")(x))


def phase(model, rate=0.1, clip=None, epochs=1, target=3.0, average=None, watch=None, validate=None):
    def batches(shard, epoch, start):
        x = np.full((4, 1), 1.0, np.float32)
        return tf.data.Dataset.from_tensor_slices(np.repeat(shard.rows(x)[None], 5, axis=0)).skip(start)

    def loss(x):
        error = model(x, training=True) - target
        return Loss(tf.reduce_sum(error**2), tf.cast(tf.shape(x)[0], tf.float32))

    def updates():
        return [Update("loss", loss, [Group(model.trainable_variables, keras.optimizers.SGD(rate))], clip)]

    return Phase("fit", epochs, 5, batches, updates, validate=validate, watch=watch, average=average)


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

    train(model, [phase(model, epochs=3, watch="score", validate=validate)], tmp_path)
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


def test_shards_share_a_batch():
    rows = [Shard(i, 3).rows(list(range(8))) for i in range(3)]
    assert sorted(row for shard in rows for row in shard) == list(range(8)) and rows[0] == [0, 3, 6]


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    checkpoints.save(tmp_path / "a.npz", [keras.Variable(np.zeros(3))], {})
    with pytest.raises(DataError, match="shape"):
        checkpoints.load(tmp_path / "a.npz", [keras.Variable(np.zeros(4))])
    with pytest.raises(DataError, match="holds 1 variables"):
        checkpoints.load(tmp_path / "a.npz", [])
    (tmp_path / "b.npz").write_bytes(b"cut")
    with pytest.raises(DataError, match="not a checkpoint"):
        checkpoints.load(tmp_path / "b.npz", [])


def test_settings_and_recipes_by_name(tmp_path):
    recipe = find_recipe("captioning")
    config = make_config(recipe.Config, {"units": "64", "imagenet": "false", "dropout": "0.1"})
    assert (config.units, config.imagenet, config.dropout) == (64, False, 0.1)
    with pytest.raises(InputError, match=r"no setting unitz; known: .*units"):
        make_config(recipe.Config, {"unitz": "1"})
    with pytest.raises(InputError, match="wanted int"):
        make_config(recipe.Config, {"units": "many"})
    assert make_config(recipe.Config, {"decoding": '{"beam": 5}'}).decoding == {"beam": 5}
    for broken in ("beam=5", "5"):
        with pytest.raises(InputError, match="wanted JSON of a dict"):
            make_config(recipe.Config, {"decoding": broken})
    with pytest.raises(InputError, match="known: captioning"):
        find_recipe("nothing")
    (tmp_path / "mine.py").write_text("Config = 1\n")
    with pytest.raises(InputError, match="has no read"):
        find_recipe(str(tmp_path / "mine.py"))


def test_what_losses_keep_is_brought_up_to_date_after_each_step_and_saved(tmp_path):
    model, seen, last = line_model(), keras.Variable(0, dtype="int32"), keras.Variable(0.0)

    def after_step(figures):
        seen.assign_add(1)
        last.assign(figures["loss"])

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

        def loss(x):
            rows = tf.cast(tf.shape(x)[0], tf.float32)
            return Loss(-rows * tf.reduce_sum(model.trainable_variables[0]), rows)

        return [Update("loss", loss, [each]), Update("seldom", lambda x: Loss(100 * loss(x).total, loss(x).weight), [each], every=4)]

    # Two epochs of five steps: the count of steps goes on from one to the next, so it is made at 0, 4 and 8.
    train(model, [Phase("fit", 2, 5, made.batches, updates)], tmp_path)
    assert weight(model) == pytest.approx(10 + 3 * 100)
