"""The genre recipe: who is held out, what the head computes, what it learns from."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="recipes need the extra train")
sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from cases import CASES, write_films

from mediakit.errors import DataError
from mediakit.recipes import trailer_genre as recipe
from mediakit.recipes import trailer_genre_model
from mediakit.training.distribution import make_strategy
from mediakit.training.export import export_network
from mediakit.training.loading import make_config
from mediakit.training.trainer import Trainer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    write_films(folder)
    return folder


@pytest.fixture
def config():
    return make_config(recipe.Config, CASES["trailer_genre"].settings)


def test_folds_part_the_films(config, folder):
    """Each film is held out once, and never among those that its fold learns from."""
    held_out = []
    for part in (1, 2, 3):
        data = recipe.read(replace(config, hold_out=f"{part}/3"), folder)
        held_out += [film.film for film in data.validation]
        assert not {film.film for film in data.validation} & {film.film for film in data.films}
    assert sorted(held_out) == [f"v{i}" for i in range(9)]


def test_a_split_is_held_out_or_nothing(config, folder):
    assert [film.split for film in recipe.read(config, folder).validation] == ["val"] * 3
    everything = recipe.read(replace(config, hold_out=""), folder)
    assert len(everything.films) == 9 and not everything.validation
    for wrong in ("0/3", "4/3", "x/3"):
        with pytest.raises(DataError, match="hold_out"):
            recipe.read(replace(config, hold_out=wrong), folder)


def test_posters_of_films_with_a_video_are_left_out(config, folder):
    """The model would otherwise know the genres of a held-out film from its poster."""
    table = folder / "posters.csv"
    before = table.read_text()
    table.write_text(before.replace("p0,", "v7,"))
    assert len(recipe.read(config, folder).posters) == 8
    table.write_text(before)


def test_trailers_of_ones_own_without_posters(config, tmp_path):
    films = Path(__file__).parents[1] / "data" / "films"
    for name in ("h264.mp4", "vp9.webm", "mpeg4.avi"):
        shutil.copy(films / name, tmp_path)
    (tmp_path / "trailers.csv").write_text("path,genres,split\nh264.mp4,Drama,train\nvp9.webm,Crime|Drama,train\nmpeg4.avi,Comedy,val\n")
    data = recipe.read(config, tmp_path)
    model = recipe.build(config, data)
    assert [len(film.images) for film in data.films] == [12, 12] and len(data.validation) == 1
    [phase] = recipe.phases(config, data, model, tmp_path)
    phase.prepare()
    [batch, *_] = phase.batches(0, 0)
    assert set(batch) == {"film", "film_genres"} and set(phase.validate()) == {"micro AP", "macro AP"}


def head_and_features(config, channels=10):
    head = trailer_genre_model.build_head(config, channels, np.full(13, 0.2))
    for weight in head.trainable_variables:
        weight.assign(np.random.default_rng(len(weight.shape)).normal(0, 0.3, weight.shape))
    return head, np.random.default_rng(1).normal(size=(2, 6, channels)).astype(np.float32)


def test_a_films_score_is_that_of_its_moments_by_attention(config):
    head, features = head_and_features(config)
    said = {name: np.asarray(value) for name, value in head(features).items()}
    np.testing.assert_allclose(said["attention"].sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(said["scores"], (said["attention"][..., None] * said["moment_scores"]).sum(axis=1), rtol=1e-4, atol=1e-5)


def test_order_counts_for_the_lstm_and_not_for_the_mean(config):
    for pooling, same in (("attention", False), ("mean", True)):
        head, features = head_and_features(replace(config, pooling=pooling))
        forwards, backwards = np.asarray(head(features)["scores"]), np.asarray(head(features[:, ::-1])["scores"])
        assert np.allclose(forwards, backwards, atol=1e-4) == same


def test_an_untrained_head_says_how_frequent_genres_are(config):
    head = trailer_genre_model.build_head(config, 10, np.linspace(0.1, 0.7, 13))
    scores = np.asarray(head(np.ones((1, 4, 10), np.float32))["scores"])[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-scores)), np.linspace(0.1, 0.7, 13), rtol=1e-4)


@pytest.fixture
def learned(config, folder, tmp_path):
    data = recipe.read(config, folder)
    features = recipe.Features(config, data, recipe.build(config, data), tmp_path / "cache")
    features.prepare()
    return features


def test_posters_are_brought_to_the_light_of_frames(learned):
    rows, count = learned.films.rows, len(learned.data.posters)
    posters = learned.films.values[np.concatenate(rows["image"][:count]), 0].astype(np.float32)
    others = learned.films.values[np.concatenate(rows["image"][count:] + rows["film"]), 0].astype(np.float32)
    assert np.abs(posters.mean(axis=0) - others.mean(axis=0)).mean() < 0.1 * others.std()


def test_batches_follow_from_the_step_alone(learned):
    sizes = {"image": 4, "film": 5}
    [_, first, *_] = learned.batches(sizes, 0, 0)
    [again, *_] = learned.batches(sizes, 0, 1)
    assert first["film"].shape[:2] == (5, 3) and first["image"].shape[:2] == (4, 1)
    for name, part in first.items():
        np.testing.assert_array_equal(part, again[name])


def test_scores_come_in_the_order_of_the_films(learned):
    head = learned.model.get_layer("head")
    for weight in head.trainable_variables:
        weight.assign(np.random.default_rng(len(weight.shape)).normal(0, 0.3, weight.shape))
    alone = [head(learned.films.values[rows, 0][None].astype(np.float32))["scores"] for rows in learned.films.rows["validation"]]
    np.testing.assert_allclose(learned.scores(), np.concatenate(alone), rtol=1e-4, atol=1e-5)


def test_a_gru_trains_and_ships(config, folder, tmp_path):
    config = replace(config, cell="gru")
    data = recipe.read(config, folder)
    model = recipe.build(config, data)
    *_, films = phases = recipe.phases(config, data, model, tmp_path)
    trainer = Trainer(model, phases, make_strategy("one"), tmp_path)
    _, metrics = trainer.try_step(films)
    assert np.isfinite(metrics["loss"])
    export_network(recipe.networks(config, data, model)["head"], tmp_path / "head.tflite")  # compares it with the model
