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


def test_it_is_better_than_the_dcgan_and_worse_than_real_images(draw):
    [recorded] = [entry for entry in draw.folder.manifest["figures"] if entry["split"] == "all"]
    halves, dcgan = (recorded["baselines"][name] for name in ("two random halves of the real images", "a DCGAN, measured the same way"))
    assert halves["frechet_distance"] < recorded["values"]["frechet_distance"] < dcgan["frechet_distance"]
