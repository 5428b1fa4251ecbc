"""Images into classes: an EfficientNet-Lite that starts from ImageNet, or a small CNN of its own.

Transfer learning as in Kornblith et al. 2019: the pretrained network (Tan and Le 2019, in the Lite
variant), global average pooling, one dense layer, and all weights fine-tuned. The small CNN is
what textbooks teach: convolutions of 3 x 3, each pair followed by pooling, then the same end.

- Every image is augmented anew in every epoch: turned, cropped, mirrored, its colours changed.
  Mixup (Zhang et al. 2018) blends it with another. What stands before a plain ground can be put
  before other photos, so that the ground is not what is learned.
- Rare classes weigh as much as frequent ones.
- Probabilities are calibrated: a temperature (Guo et al. 2017) is fitted to the validation images.
  An energy (Liu et al. 2020) that few of them exceed tells unfamiliar images.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import images
from mediakit.datasets.images import ImageSet, LabelledImages
from mediakit.datasets.origin import IMAGENET, own_data
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
)
from mediakit.training.batches import steps_per_epoch
from mediakit.training.calibration import energies, fit_temperature
from mediakit.training.labelled_images import AugmentedImages, Changes, typical_images
from mediakit.training.photos import Augmentation
from mediakit.training.recipe import (
    Batch,
    Card,
    Export,
    Group,
    Loss,
    ModelFolder,
    Phase,
    Update,
    require,
)
from mediakit.training.schedules import warmup_adam
from mediakit.training.validation import Predictor

TASK = "classification"
WARM_START = {"imagenet": False, "classifier": "own"}
UNFAMILIAR = 0.99  # the part of the validation images whose energy is below the threshold


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    network: Literal["lite0", "lite1", "lite2", "cnn"] = "lite0"
    size: int = 224  # pixels; lite0's own. lite1 had 240 on ImageNet, lite2 260
    channels: int = 3  # 1 grey (CNN only), 3 RGB
    # Blocks of EfficientNet-Lite that are kept: 11 of lite0's 16 have stride 16 and a fifth of the
    # weights. 0: all, and the last convolution.
    blocks: int = 0
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    # "imagenet" keeps the published classifier of 1,000 classes: with no epochs, a conversion.
    classifier: Literal["own", "imagenet"] = "own"

    filters: int = 32  # of the CNN's first stage; each stage doubles them
    stages: int = 3  # of two convolutions, then pooling
    pooling: Literal["max", "average", "stride"] = "max"
    padding: Literal["same", "valid"] = "same"
    dropout: float = 0.2

    epochs: int = 20
    batch_size: int = 32
    rate: float = 1e-3
    warmup: int = 100  # steps
    weight_decay: float = 1e-2
    label_smoothing: float = 0.1  # Szegedy et al. 2016, section 7
    average: float = 0.99  # moving average of the weights over the last 100 steps
    class_weights: bool = True  # a class weighs as much as any other, however few images it has

    flip: float = 0.5  # probability; 0 where left and right differ, as for letters
    turn: float = 10.0  # degrees, to either side
    zoom: float = 1.2  # largest factor by which an image is enlarged or reduced
    crop: float = 0.7  # least part of the image's area that a crop keeps
    brightness: float = 0.15
    contrast: float = 0.3
    saturation: float = 0.4
    mixup: float = 0.2  # both parameters of the beta distribution of the shares; 0: no mixup
    backgrounds: str = ""  # folder of photos that plain grounds are replaced with
    replaced: float = 0.5  # probability of that

    weights: Literal["int8", "float16", "float32"] = "int8"
    seed: int = 1


# --- data ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data(LabelledImages):
    """Labelled images, and photos `[photos, size, size, 3]` for backgrounds."""

    backgrounds: np.ndarray | None = None


def read(config: Config, folder: Path) -> Data:
    """A folder in any layout of `mediakit.datasets.images` that has classes."""
    data = images.read_labelled(folder, config.size, config.channels)
    count = len(data.train.classes)
    require(
        config.classifier == "own" or count == 1000,
        f"{folder}: has {count:,} classes; the classifier of ImageNet needs its 1,000",
    )
    photos = None
    if config.backgrounds:
        photos = images.read(Path(config.backgrounds), "all", config.size, config.channels).pixels
    return Data(data.train, data.validation, data.origin, photos)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: Data) -> keras.Model:
    """Images `[batch, size, size, channels]` in 0..255 to the logits of the classes
    `[batch, classes]`."""
    network = small_cnn(config) if config.network == "cnn" else pretrained(config)
    x = layers.GlobalAveragePooling2D(name="pool")(network.output)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    logits = layers.Dense(len(data.train.classes), name="logits")(x)
    model = keras.Model(network.input, logits, name="image_classifier")
    if config.classifier == "imagenet" and config.imagenet:
        load_imagenet_weights(model, imagenet_weights(config.network))
    return model


def pretrained(config: Config) -> keras.Model:
    """EfficientNet-Lite with ImageNet weights, or its first blocks."""
    network = efficientnet_lite(config.network, config.size, folded=True)
    if config.imagenet:
        load_imagenet_weights(network, imagenet_weights(config.network))
    if not config.blocks:
        return network
    last = f"block{config.blocks - 1}_"
    ends = [layer.output for layer in network.layers if layer.name.startswith(last)]
    return keras.Model(network.input, layers.ReLU()(ends[-1]))


def small_cnn(config: Config) -> keras.Model:
    """Stages of two convolutions, each stage at half the resolution, with twice the filters."""
    image = keras.Input((config.size, config.size, config.channels), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(image)
    for stage in range(config.stages):
        for i in range(2):
            stride = 2 if i == 1 and config.pooling == "stride" else 1
            convolution = layers.Conv2D(
                config.filters * 2**stage,
                3,
                stride,
                padding=config.padding,
                activation="relu",
                kernel_initializer="he_normal",  # He et al. 2015, for ReLUs
            )
            x = convolution(x)
        if config.pooling != "stride":
            kind = layers.MaxPooling2D if config.pooling == "max" else layers.AveragePooling2D
            x = kind(2)(x)
    return keras.Model(image, x)


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: Data, model: keras.Model) -> dict[str, Export]:
    """An image to logits; the temperature and the threshold of the energy are in the manifest."""
    typical = {"image": typical_images(data.train)}
    example = {name: shown[:1] for name, shown in typical.items()}
    tolerance = {"int8": 0.3, "float16": 0.02, "float32": 1e-3}[config.weights]
    classifier = keras.Model({"image": model.input}, {"logits": model.output})
    return {
        "classifier": Export(classifier, 1, config.weights, tolerance, example, typical=typical)
    }


def calibrate(config: Config, data: Data, model: keras.Model) -> dict[str, float]:
    """The temperature of the probabilities and the energy above which an image is unfamiliar."""
    logits = predict(model, data.validation)()
    temperature = fit_temperature(logits, data.validation.labels)
    threshold = float(np.quantile(energies(logits, temperature), UNFAMILIAR))
    return {"temperature": temperature, "energy": threshold}


def files(config: Config, data: Data) -> dict[str, Callable[[Path], None]]:
    """The names of the classes, in the order of the logits."""
    names = "".join(f"{name}\n" for name in data.train.classes)
    return {"classes.txt": lambda path: path.write_text(names, encoding="utf-8")}


def read_files(config: Config, folder: ModelFolder) -> Data:
    """The classes of a model folder, without images."""
    classes = tuple(folder.file("classes").read_text(encoding="utf-8").splitlines())
    shape = (0, config.size, config.size, config.channels)
    none = ImageSet(np.zeros(shape, np.uint8), np.zeros(0, np.int32), classes, ())
    return Data(none, none, own_data(folder.path, "images"))


def axis_names(config: Config, data: Data) -> dict[str, tuple]:
    """The classes of the last layer: those that a trained model knows keep their weights."""
    classes = data.train.classes
    return {"logits/kernel": (None, classes), "logits/bias": (classes,)}


def card(config: Config, data: Data) -> Card:
    """What the model card says besides the metrics."""
    start = f"EfficientNet-{config.network.capitalize()} from ImageNet"
    return Card(
        summary=f"Tells {len(data.train.classes):,} classes of images apart.",
        good_for=["images like those that it learned from"],
        not_good_for=["images that show several things, or none of the classes"],
        training=f"{'A CNN' if config.network == 'cnn' else start}, "
        f"{config.epochs} epochs on {len(data.train):,} images of {data.origin.name}.",
        headline="accuracy",
        data=[each.entry for each in (data.origin, *[IMAGENET] * (config.network != "cnn"))],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: Data, model: keras.Model, run: Path) -> list[Phase]:
    """One: all weights, on augmented images; the epoch with the least validation loss is kept."""
    train, steps = data.train, steps_per_epoch(len(data.train), config.batch_size)
    classes = len(train.classes)

    def loss(batch) -> Loss:
        logits = model(batch["image"], training=True)
        smooth = config.label_smoothing
        targets = batch["target"] * (1 - smooth) + smooth / classes
        each = -ops.sum(targets * ops.log_softmax(logits), axis=-1)
        correct = ops.argmax(logits, axis=-1) == ops.argmax(batch["target"], axis=-1)
        accuracy = ops.sum(ops.cast(correct, "float32")), ops.sum(ops.ones_like(each))
        weight = batch["weight"]
        return Loss(ops.sum(each * weight), ops.sum(weight), {"accuracy": accuracy})

    def updates() -> list[Update]:
        adam = warmup_adam(config.rate, config.epochs * steps, config.warmup, config.weight_decay)
        return [Update("loss", loss, [Group(model.trainable_variables, adam)], clip_norm=1.0)]

    photo = Augmentation(
        flip=config.flip,
        crop=config.crop,
        brightness=config.brightness,
        contrast=config.contrast,
        saturation=config.saturation,
    )
    changes = Changes(config.turn, config.zoom, config.mixup, config.replaced, photo)
    examples = AugmentedImages(
        train, changes, config.batch_size, config.seed, config.class_weights, data.backgrounds
    )
    return [
        Phase(
            "training",
            config.epochs,
            steps,
            examples.batches,
            updates,
            decode=examples.decode,
            prepare=examples.prepare,
            validate=partial(validate, data.validation, predict(model, data.validation)),
            monitor="-loss",
            average=config.average,
        )
    ]


def predict(model: keras.Model, data: ImageSet) -> Callable[[], np.ndarray]:
    """A function that gives the logits of images `[images, classes]` by the model as it is then."""

    def batch(rows: np.ndarray) -> Batch:
        return {"image": data.pixels[rows].astype(np.float32)}

    def answer(batch):
        return model(batch["image"], training=False)

    every = Predictor(answer, batch, np.ones(len(data)), size=64)
    return lambda: np.stack(every())


def validate(data: ImageSet, logits: Callable[[], np.ndarray]) -> dict[str, float]:
    """Mean cross-entropy and accuracy."""
    scores = logits()
    chosen = scores[np.arange(len(scores)), data.labels]
    losses = np.logaddexp.reduce(scores, axis=1) - chosen
    correct = np.mean(scores.argmax(axis=1) == data.labels)
    return {"loss": float(losses.mean()), "accuracy": float(correct)}
