"""The shipped emoji: what they look like on the whole, loose enough for another model, tight enough for a broken one."""

import numpy as np
import pytest

import mediakit

SEEDS = range(24)


@pytest.fixture(scope="module")
def draw():
    return mediakit.load("style_gan/emoji")


def pictures(draw, label):
    """Float `[seeds, size, size, 4]` in 0..1, colours multiplied by alpha."""
    return np.stack([image.premultiplied for image in draw(SEEDS, label=label)]) / 255


def test_smileys_are_yellow_and_round(draw):
    smileys = pictures(draw, "Smileys & Emotion")
    edge, size = smileys.shape[1] // 10, smileys.shape[1]
    assert smileys[:, :edge, :edge, 3].mean() < 0.2, "nothing in the corners"
    middle = smileys[:, size // 3 : -size // 3, size // 3 : -size // 3]
    assert middle[..., 3].mean() > 0.8
    red, green, blue = middle[..., :3].mean(axis=(0, 1, 2))
    assert red > green > blue + 0.05


def test_flags_are_wider_than_high(draw):
    alpha = pictures(draw, "Flags")[..., 3].mean(axis=0) > 0.5
    assert alpha.any(axis=0).sum() > alpha.any(axis=1).sum()


def test_pictures_of_a_class_differ(draw):
    for label in draw.classes:
        drawn = pictures(draw, label)
        assert np.abs(drawn - drawn.mean(axis=0)).mean() > 0.03, label


def test_without_noise_in_its_style_a_seed_is_the_mean_picture(draw):
    once, again = draw([1, 2], truncation=0, label="Flags")
    # Only the noise of the layers is left, and its strength is small.
    assert np.abs(once.premultiplied.astype(float) - again.premultiplied).mean() < 12


@pytest.mark.parametrize(("name", "split"), [("emoji", "all"), ("fashion", "val[:5000]")])
def test_images_are_not_taken_for_real_ones(name, split):
    figures = mediakit.load(f"style_gan/{name}").folder.manifest["figures"]
    [recorded] = [entry for entry in figures if entry["split"] == split]
    halves, own = recorded["baselines"]["two random halves of the real images"], recorded["values"]
    for metric in ("frechet_distance", "kernel_distance"):
        assert halves[metric] < own[metric]


def test_clothes_are_of_the_class_that_was_asked_for():
    draw, classify = mediakit.load("style_gan/fashion"), mediakit.load("classification/fashion")
    asked = list(draw.classes) * 10
    drawn = [draw(seed, label=label, truncation=1).pixels for seed, label in enumerate(asked)]
    said = [found.labels[0].name for found in classify(drawn)]
    right = [one == other for one, other in zip(said, asked, strict=True)]
    assert np.mean(right) > 0.65  # 0.82 of 5,000
