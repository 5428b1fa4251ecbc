"""Image to image by a conditional GAN: pix2pix (Isola, Zhu, Zhou and Efros 2017).

A U-Net makes the target of the source (section 3.2.1). A discriminator looks at both and judges
each patch (section 3.2.2). The generator's loss is the L1 distance and what the discriminator says
(section 3.1): L1 alone gives what lies between all plausible images, which is blurred and, of
colours, brownish grey; `adversarial=0` shows it. Differences:

- Maps are enlarged and then convolved, which leaves no checkerboard (Odena et al. 2016).
- Of photos, the pair is made on the fly: the luma, and a* and b* of CIELAB at half the resolution.
- The U-Net's left side can be EfficientNet-Lite with ImageNet weights. Grass is green and skin is
  not: colours follow from what things are, which a few thousand photos do not teach.
- Training begins with L1 alone: a discriminator teaches little while outputs are far from any
  target.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import tensorflow as tf
from keras import ops

from mediakit.datasets.image_pairs import ImagePairs
from mediakit.datasets.origin import IMAGENET
from mediakit.recipes.pix2pix_model import Config, build, networks, read, unfrozen
from mediakit.training.image_pairs import PairBatches, PairValidator, chroma_gain
from mediakit.training.recipe import Card, Group, Loss, Phase, Update
from mediakit.training.schedules import WarmupCosine

__all__ = ["Config", "build", "calibrate", "card", "networks", "phases", "read"]

TASK = "image_to_image"
Rates = Sequence[tuple[float, list[keras.Variable]]]  # learning rates, and what learns at them
PARTS = ("encoder", "decoder", "discriminator")
WARM_START = {"imagenet": False}  # the trained model's weights take their place


def card(config: Config, data: ImagePairs) -> Card:
    """What the model card says besides the metrics."""
    pretrained = config.imagenet and config.encoder != "unet"
    texts = _CARD_OF_PHOTOS if config.kind == "photos" else _CARD_OF_PAIRS
    second = "the discriminator" if config.adversarial else "L1 again"
    return Card(
        summary=texts["summary"].format(data.origin.name),
        good_for=texts["good_for"],
        not_good_for=texts["not_good_for"],
        training=f"pix2pix on {len(data.train):,} {data.origin.holds}: {config.l1_epochs} epochs "
        f"of {config.steps_per_epoch} batches of {config.batch_size} with L1 alone, "
        f"{config.epochs} with {second}.",
        headline=texts["headline"],
        license=f"the weights were learned from {data.origin.name} ({data.origin.license})",
        data=[each.entry for each in (data.origin, *([IMAGENET] if pretrained else []))],
    )


_CARD_OF_PHOTOS = {
    "summary": "Gives grey photos colours.",
    "good_for": ["grey photos and scans of old ones, to see them in plausible colours"],
    "not_good_for": [
        "knowing the true colours: all are guesses; a dress or a car may have been any colour",
        "evidence, history and science: say with each result that its colours are made up",
        "people's skin: the photos that it learned from do not show all people equally often",
    ],
    "headline": "CIEDE2000",
}
_CARD_OF_PAIRS = {
    "summary": "Makes one image of another, as in {}.",
    "good_for": ["images like the sources that it learned from"],
    "not_good_for": ["anything else: what it does not know becomes texture"],
    "headline": "frechet_distance",
}


def calibrate(config: Config, data: ImagePairs, model: keras.Model) -> dict[str, float]:
    """Of colours, the factor by which they are shown more vivid than the network has them."""
    if config.kind != "photos":
        return {}
    infer = tf.function(Game(config, model).generate, autograph=False)
    return {"chroma_gain": chroma_gain(infer, data, config.size)}


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: ImagePairs, model: keras.Model, run: Path) -> list[Phase]:
    """The generator with L1 alone; then generator and discriminator in turn."""
    game, steps = Game(config, model), config.steps_per_epoch
    batches = PairBatches(
        data.train, config.coding, config.size, config.crop, config.stretch, config.batch_size,
        steps, config.seed,
    )  # fmt: skip
    infer = tf.function(game.generate, autograph=False)

    def phase(name: str, epochs: int, updates: Callable[[int], list[Update]]) -> Phase:
        return Phase(
            name, epochs, steps, batches, lambda: updates(epochs * steps),
            validate=PairValidator(infer, data, config.coding, config.size, run / "samples", name),
            average=config.average,
        )  # fmt: skip

    return [
        phase("l1", config.l1_epochs, game.alone),
        phase("adversarial", config.epochs, game.together),
    ]


class Game:
    """Both players' losses, and the updates of each phase."""

    def __init__(self, config: Config, model: keras.Model):
        self.config = config
        self.encoder, self.decoder, self.discriminator = map(model.get_layer, PARTS)

    def generate(self, source, training: bool = False):
        """The outputs of sources in 0..255."""
        maps = self.encoder(ops.cast(source, "float32"), training=training)
        return self.decoder(maps, training=training)

    def alone(self, steps: int) -> list[Update]:
        """The generator learns by L1; a pretrained encoder stays as it is, since the errors of a
        new decoder would only disturb it."""
        rates = [(self.config.rate, self.decoder.trainable_variables)]
        if self.config.encoder == "unet":
            rates.append((self.config.rate, self.encoder.trainable_variables))
        return [self._update("loss", self.l1_loss, rates, steps, momentum=0.9)]

    def together(self, steps: int) -> list[Update]:
        """Discriminator and generator; the generator alone without an adversarial loss."""
        config, rate = self.config, self.config.adversarial_rate
        encoder_rate = rate if config.encoder == "unet" else rate * config.encoder_rate
        rates = [(rate, self.decoder.trainable_variables), (encoder_rate, self._learned())]
        if not config.adversarial:
            return [self._update("loss", self.l1_loss, rates, steps, config.momentum)]
        against = [(rate, self.discriminator.trainable_variables)]
        return [
            self._update("discriminator", self.discriminator_loss, against, steps, config.momentum),
            self._update("loss", self.generator_loss, rates, steps, config.momentum),
        ]

    def l1_loss(self, batch) -> Loss:
        """The weighted L1 distance."""
        return sum_of(self.config.l1 * self._distance(batch, self.generate(batch["source"], True)))

    def generator_loss(self, batch) -> Loss:
        """The weighted L1 distance, and the non-saturating loss of each patch."""
        output = self.generate(batch["source"], True)
        l1 = self._distance(batch, output)
        fooled = mean_of_patches(ops.softplus(-self._logits(batch, output)))
        return sum_of(self.config.l1 * l1 + self.config.adversarial * fooled, l1=l1, fooled=fooled)

    def discriminator_loss(self, batch) -> Loss:
        """The logistic loss of each patch, halved (section 3.3)."""
        made = self._logits(batch, ops.stop_gradient(self.generate(batch["source"], True)))
        real = self._logits(batch, batch["target"])
        losses = mean_of_patches(ops.softplus(-real)) + mean_of_patches(ops.softplus(made))
        return sum_of(losses / 2)

    def _distance(self, batch, output):
        return ops.mean(ops.abs(output - batch["target"]), axis=(1, 2, 3))

    def _logits(self, batch, output):
        return self.discriminator([ops.cast(batch["source"], "float32"), output], training=True)

    def _learned(self) -> list[keras.Variable]:
        """The variables of the encoder that learn in the second phase."""
        if self.config.encoder == "unet":
            return self.encoder.trainable_variables
        return unfrozen(self.config, self.encoder)

    @staticmethod
    def _update(name: str, loss, rates: Rates, steps: int, momentum: float) -> Update:
        groups = []
        for rate, variables in rates:
            schedule = WarmupCosine(rate, steps, warmup=min(200, steps // 4))
            groups.append(Group(variables, keras.optimizers.Adam(schedule, momentum)))
        return Update(name, loss, groups)


def mean_of_patches(losses):
    """Losses `[batch, rows, columns]` to their means `[batch]`."""
    return ops.mean(losses, axis=(1, 2))


def sum_of(losses, **metrics) -> Loss:
    """A loss from those of a batch's rows; `metrics` are means over the rows too."""
    count = ops.cast(ops.shape(losses)[0], "float32")
    sums = {name: (ops.sum(each), count) for name, each in metrics.items()}
    return Loss(ops.sum(losses), count, sums)
