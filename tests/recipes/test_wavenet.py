"""The WaveNet: the network of a few samples a call computes what the network of all samples does."""

import keras
import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
from mediakit.datasets.origin import own_data
from mediakit.datasets.spoken_words import Recording
from mediakit.recipes import wavenet
from mediakit.recipes.wavenet_model import INPUTS, Config
from mediakit.runtime.network import Network
from mediakit.tasks.speech.conditions import FRAME, frame_features
from mediakit.tasks.speech.generation import Utterance, WaveNet, log_probabilities
from mediakit.training.export import export_network
from mediakit.training.recordings import Data, batch_of, example

SAMPLES = 2000


@pytest.fixture(scope="module", params=[3, 0], ids=["mixture", "softmax"])
def trained(request, tmp_path_factory):
    """A config, data, an untrained model, and its networks."""
    folder = tmp_path_factory.mktemp("networks")
    keras.utils.set_random_seed(1)
    config = Config(
        channels=4,
        skip=6,
        mixture=request.param,
        window=5,
        dilations=6,
        cycles=2,
        template=3,
        condition=3,
        hidden=5,
        recordings_per_batch=1,
    )
    rng = np.random.default_rng(0)
    words = [Recording(label, "ada", rng.normal(0, 0.1, SAMPLES).astype(np.float32), 8000) for label in ("7", "8")]
    data = Data(words, words, ["7", "8"], ["ada"], own_data(folder, "recordings"))
    model = wavenet.build(config, data)
    networks = {}
    for name, export in wavenet.networks(config, data, model).items():
        entry = export_network(export, folder / f"{name}.tflite")
        networks[name] = Network(folder / f"{name}.tflite", entry["inputs"], entry["outputs"])
    return config, data, model, WaveNet(networks["conditions"], networks["step"], config.all_dilations)


def utterance(data, word):
    made = example(data, word, None)
    return Utterance(int(made["label"]), int(made["speaker"]), made["frame"], made["target"].ravel()[: len(word.samples)])


def test_given_codes_have_the_same_distributions(trained):
    _, data, model, network = trained
    batch = batch_of([example(data, word, None) for word in data.train])
    wanted = model([batch[name] for name in INPUTS])
    wanted = np.asarray(wanted).reshape(len(data.train), -1, wanted.shape[-1])[:, :SAMPLES]
    found = network.distributions([utterance(data, word) for word in data.train])
    np.testing.assert_allclose(np.stack(found), wanted, atol=2e-3 * np.abs(wanted).max())


def test_drawn_codes_have_the_distributions_of_codes_that_are_given(trained):
    _, _, _, network = trained
    frames = frame_features(SAMPLES, 8000, -20.0)
    [drawn] = network.generate([Utterance(1, 0, frames, np.zeros(0, np.uint8))], 1.0, [np.random.default_rng(5)])
    assert len(drawn) == len(frames) * FRAME and len(np.unique(drawn)) > 10
    beginning = Utterance(1, 0, frames, drawn[:100])
    [again] = network.generate([beginning], 1.0, [np.random.default_rng(5)])
    np.testing.assert_array_equal(again, drawn)  # the queues are the same, given or drawn


def test_the_recipe_and_the_pipeline_measure_the_same_likelihood(trained):
    config, data, model, network = trained
    word = data.train[0]
    one = utterance(data, word)
    [found] = network.distributions([one])
    loss = wavenet.likelihood(config, model, batch_of([example(data, word, None)]), training=False)
    assert -log_probabilities(found, one.given).sum() == pytest.approx(float(loss.total), rel=1e-3)


def test_the_future_changes_nothing_before(trained):
    config, data, model, _ = trained
    batch = batch_of([example(data, data.train[0], None)])
    previous, *conditions = (batch[name] for name in INPUTS)
    before = np.asarray(model([previous, *conditions])).reshape(-1, model.output.shape[-1])
    previous.reshape(-1)[700] = 255
    after = np.asarray(model([previous, *conditions])).reshape(-1, model.output.shape[-1])
    changed = np.flatnonzero(np.abs(after - before).max(axis=1) > 1e-6)
    assert changed.min() == 700 and changed.max() < 700 + config.receptive_field
