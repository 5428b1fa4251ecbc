"""The usual phase, beside `fit` and by hand."""

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs the extra train")
import tensorflow as tf

from mediakit.errors import RecipeError
from mediakit.training.supervised import supervised

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 3)).astype(np.float32), RNG.integers(0, 2, 12)


def classifier(**options):
    keras.utils.set_random_seed(2)
    x = keras.Input((3,), name="x")
    return keras.Model(x, keras.layers.Dense(2, activation="softmax", **options)(x))


def phase(model, **changes):
    options = {"loss": "sparse_categorical_crossentropy", "optimizer": keras.optimizers.SGD(0.1), "epochs": 1, "batch_size": 4}
    return supervised(model, {"x": X, "y": Y}, **{**options, **changes})


def test_the_loss_is_a_sum_and_metrics_are_keras_own():
    model = classifier(kernel_regularizer=keras.regularizers.L2(0.1))
    made = phase(model, metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy"), keras.metrics.AUC(name="auc")])
    [update] = made.updates()
    loss = update.loss({"x": tf.constant(X), "y": tf.constant(Y)})
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    wanted, accuracy = model.evaluate(X, Y, verbose=0)
    assert float(loss.weight) == 12
    assert float(loss.total) / 12 == pytest.approx(wanted, rel=1e-4)
    total, count = loss.metrics["accuracy"]
    assert float(total) / float(count) == pytest.approx(accuracy)
    assert set(loss.metrics) == {"accuracy"}  # an AUC is no mean over batches


def test_validation_measures_everything_at_once_and_again():
    model = classifier()
    made = phase(model, validation={"x": X, "y": Y}, metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")])
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    for _ in range(2):
        assert made.validate() == pytest.approx({"loss": loss, "accuracy": accuracy}, rel=1e-4)
    assert made.monitor == "-loss" and phase(model).monitor is None


def test_every_row_comes_once_in_an_epoch_and_a_resume_goes_on():
    made = phase(classifier())
    whole, rest = list(made.batches(1, 0)), list(made.batches(1, 2))
    assert made.steps == 3 == len(whole)
    assert sorted(np.concatenate([batch["x"] for batch in whole])[:, 0]) == sorted(X[:, 0])
    np.testing.assert_array_equal(rest[0]["x"], whole[2]["x"])
    assert not np.array_equal(next(iter(made.batches(0, 0)))["x"], whole[0]["x"])


def test_a_schedule_is_told_all_steps():
    steps = []
    phase(classifier(), optimizer=lambda total: steps.append(total) or keras.optimizers.SGD(), epochs=5).updates()
    assert steps == [15]


def test_several_inputs_by_name():
    inputs = {name: keras.Input((1,), name=name) for name in ("a", "b")}
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs["a"] - inputs["b"]))
    data = {"a": X[:, :1], "b": X[:, 1:2], "target": X[:, 2:]}
    made = supervised(model, data, loss="mse", optimizer=keras.optimizers.SGD(), epochs=1, batch_size=4)
    [update] = made.updates()
    assert np.isfinite(float(update.loss(next(iter(made.batches(0, 0)))).total))


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"x": X}, "wanted these and one target"),
        ({"image": X, "y": Y}, "wanted these and one target"),
        ({"x": X, "y": Y[:5]}, "equally many rows"),
        ({"x": X[:0], "y": Y[:0]}, "at least one"),
    ],
)
def test_arrays_that_do_not_fit_are_one_line(train, message):
    with pytest.raises(RecipeError, match=message):
        supervised(classifier(), train, loss="mse", optimizer=keras.optimizers.SGD(), epochs=1, batch_size=4)
