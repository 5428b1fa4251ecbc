"""Object detection: a single-shot detector on EfficientNet-Lite (SSD, Liu et al. 2016).

Each place of four feature maps has three default boxes. For each of them the network gives the
logits of the classes and the offsets of the object's box. Boxes are decoded, and doubles removed,
outside of the network. What has been found since SSD and pays off even with few images:

- A top-down path brings what coarse maps know to the finer ones (Lin et al. 2017a).
- Objects are matched to default boxes by a threshold of their own (Zhang et al. 2020).
- The focal loss takes the place of hard negative mining (Lin et al. 2017b). Its target is the
  overlap of the predicted box with the true one, so that a score also says how good the box is
  (quality focal loss, Li et al. 2020).
- The loss of boxes is their generalised intersection over union (Rezatofighi et al. 2019).
- Mosaics of four images (Bochkovskiy et al. 2020).

A class that may be in an image without a box gives no loss there where there is no box.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from mediakit.datasets import boxed_images
from mediakit.datasets.boxed_images import BoxedImages
from mediakit.datasets.origin import IMAGENET, own_data
from mediakit.layers.efficientnet_lite import (
    efficientnet_lite,
    imagenet_weights,
    load_imagenet_weights,
    stage_outputs,
)
from mediakit.tasks.detection.boxes import decode, default_boxes
from mediakit.training.boxed_images import Augmentation, TrainingImages, Validation
from mediakit.training.recipe import Card, Export, Group, Loss, ModelFolder, Phase, Update
from mediakit.training.schedules import warmup_adam

TASK = "detection"
# Settings that are not inherited from the trained model.
WARM_START = {"imagenet": False, "slope": 1.0, "offset": 0.0}
STRIDES = (8, 16, 32, 64)  # pixels between the places of each feature map


@dataclass(frozen=True)
class Config:
    """Every number of the recipe."""

    size: int = 320  # pixels of the image in use; its aspect ratio is not kept
    encoder: str = "lite0"
    imagenet: bool = True  # start from ImageNet weights; false only for tests
    channels: int = 96  # of the maps of the top-down path
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)  # width / height of the default boxes
    scale: float = 4.0  # a default box's area is (4 strides)^2: 32 pixels squared, to 256

    train_size: int = 256  # pixels; objects then appear larger in use, which helps small ones
    epochs: int = 8
    steps_per_epoch: int = 150
    batch_size: int = 16
    rate: float = 1.5e-3
    encoder_rate: float = 0.2  # of the encoder, relative to that of what is new
    frozen_blocks: int = 5  # of the encoder: up to the map of stride 8
    warmup: int = 50  # steps
    weight_decay: float = 1e-2
    clip_norm: float = 5.0
    average: float = 0.995  # moving average of the weights
    focus: float = 2.0  # exponent of the focal loss
    box_weight: float = 2.0  # of the loss of boxes
    flip_down: float = 0.0  # probability of a mirror image upside down: 0.5 where up means nothing
    mosaic: float = 0.5  # probability
    # Platt scaling of the logits, applied in use; fitted by benchmarks/calibrate_detections.py.
    slope: float = 1.0
    offset: float = 0.0
    seed: int = 1


def read(config: Config, folder: Path) -> BoxedImages:
    """A folder in the layout of PASCAL VOC, COCO or YOLO."""
    return boxed_images.read(folder)


# --- model --------------------------------------------------------------------------------------


def build(config: Config, data: BoxedImages) -> keras.Model:
    """Images `[batch, side, side, 3]` in 0..255 to `logits` `[batch, boxes, classes]` and `offsets`
    `[batch, boxes, 4]` from the default boxes. The side may be any multiple of 32."""
    network = efficientnet_lite(config.encoder, config.size, folded=True)
    if config.imagenet:
        load_imagenet_weights(network, imagenet_weights(config.encoder))
    by_side = {maps.shape[1]: maps for maps in stage_outputs(network)}  # the last of each size
    sides = [math.ceil(config.size / stride) for stride in STRIDES[:3]]
    encoder = keras.Model(network.input, [by_side[side] for side in sides])
    image = keras.Input((None, None, 3), name="image")
    any_size = keras.models.clone_model(encoder, input_tensors=image)
    any_size.set_weights(encoder.get_weights())
    return keras.Model(image, head(config, any_size.outputs, len(data.classes)), name="ssd")


def head(config: Config, maps: list, classes: int) -> dict:
    """Feature maps of strides 8, 16, 32 to logits and offsets of all default boxes. The layers that
    predict are the same for all maps."""
    places = [layers.Conv2D(config.channels, 1, name=f"lateral{i}")(x) for i, x in enumerate(maps)]
    places.append(separable(config.channels, "coarsest", strides=2)(places[-1]))
    for i in reversed(range(2)):
        places[i] = places[i] + layers.UpSampling2D(name=f"up{i}")(places[i + 1])
    places = [separable(config.channels, f"merge{i}")(x) for i, x in enumerate(places)]
    each = len(config.ratios)
    rare = keras.initializers.Constant(-np.log(99))  # an object with probability 0.01 at first
    small = keras.initializers.RandomNormal(stddev=0.01)
    outputs = {
        "logits": layers.Conv2D(
            each * classes, 1, kernel_initializer=small, bias_initializer=rare, name="class"
        ),
        "offsets": layers.Conv2D(each * 4, 1, kernel_initializer=small, name="offset"),
    }
    result = {}
    for name, width in (("logits", classes), ("offsets", 4)):
        tower = [separable(config.channels, f"{name}{i}") for i in range(2)]
        parts = []
        for x in places:
            for layer in tower:
                x = layer(x)
            parts.append(layers.Reshape((-1, width))(outputs[name](x)))
        result[name] = layers.Concatenate(axis=1, name=name)(parts)
    return result


def separable(channels: int, name: str, strides: int = 1) -> layers.Layer:
    """A depthwise and a pointwise convolution with ReLU6, as in SSDLite (Sandler et al. 2018)."""
    return layers.SeparableConv2D(
        channels,
        3,
        strides,
        padding="same",
        activation="relu6",
        depthwise_initializer="he_normal",
        pointwise_initializer="he_normal",
        name=name,
    )


def boxes_of(config: Config, size: int) -> np.ndarray:
    """The default boxes of an image of `size` pixels."""
    return default_boxes(size, STRIDES, config.scale, config.ratios)


# --- what ships ---------------------------------------------------------------------------------


def networks(config: Config, data: BoxedImages, model: keras.Model) -> dict[str, Export]:
    """An image to logits and offsets."""
    image = keras.Input((config.size, config.size, 3), name="image")
    network = keras.Model({"image": image}, model(image))
    coarse = np.random.default_rng(0).uniform(0, 255, (1, 8, 8, 3)).astype(np.float32)
    smooth = ops.image.resize(coarse, image.shape[1:3])  # as photos are; noise is unlike them
    example = {"image": ops.convert_to_numpy(smooth)}
    return {"detector": Export(network, 1, "int8", tolerance=0.1, example=example)}


def files(config: Config, data: BoxedImages) -> dict[str, Callable[[Path], None]]:
    """The classes' names, in the order of the logits; the default boxes."""
    names = "".join(f"{name}\n" for name in data.classes)
    return {
        "classes.txt": lambda path: path.write_text(names, encoding="utf-8"),
        "default_boxes.npy": lambda path: np.save(path, boxes_of(config, config.size)),
    }


def read_files(config: Config, folder: ModelFolder) -> BoxedImages:
    """Data without images: the names of the classes."""
    names = folder.file("classes").read_text(encoding="utf-8").splitlines()
    return BoxedImages((), (), tuple(names), own_data(folder.path, "images"))


def axis_names(config: Config, data: BoxedImages) -> dict[str, tuple]:
    """The outputs that belong to a class, so that a model of other classes can start from them."""
    outputs = tuple((ratio, name) for ratio in config.ratios for name in data.classes)
    return {"class/kernel": (None, None, None, outputs), "class/bias": (outputs,)}


def card(config: Config, data: BoxedImages) -> Card:
    """What the model card says besides the metrics."""
    boxes = sum(len(image.labels) for image in data.train)
    return Card(
        summary=f"Finds {len(data.classes)} kinds of objects in images, with a box around each.",
        good_for=["images like those that it was trained on"],
        not_good_for=[
            "identifying or following people; medical use; anything where a miss does harm"
        ],
        training=f"SSD on EfficientNet-{config.encoder.capitalize()}"
        f"{' from ImageNet' if config.imagenet else ''}: {len(data.train):,} images of "
        f"{data.origin.name} with {boxes:,} boxes, {config.epochs} epochs.",
        headline="mAP50",
        data=[source.entry for source in (data.origin, *([IMAGENET] if config.imagenet else []))],
    )


# --- training -----------------------------------------------------------------------------------


def phases(config: Config, data: BoxedImages, model: keras.Model, run: Path) -> list[Phase]:
    """One: all layers but the encoder's first blocks, which gets a lower rate."""
    defaults = boxes_of(config, config.train_size)
    levels = [len(config.ratios) * math.ceil(config.train_size / each) ** 2 for each in STRIDES]
    amount = Augmentation(mosaic=config.mosaic, flip_down=config.flip_down)
    images = TrainingImages(
        data.train, len(data.classes), config.train_size, defaults, levels, amount,
        config.batch_size, config.steps_per_epoch, run / "cache", config.seed,
    )  # fmt: skip
    steps = config.epochs * config.steps_per_epoch

    def updates() -> list[Update]:
        groups = []
        for variables, rate in zip(trained(config, model), (config.encoder_rate, 1), strict=True):
            adam = warmup_adam(rate * config.rate, steps, config.warmup, config.weight_decay)
            groups.append(Group(variables, adam))
        return [
            Update(
                "loss", lambda batch: loss(config, model, defaults, batch), groups, config.clip_norm
            )
        ]

    validation = Validation(
        model, data.validation, len(data.classes), boxes_of(config, config.size), config.size,
        run / "cache",
    )  # fmt: skip
    training = Phase(
        "training", config.epochs, config.steps_per_epoch, images.batches, updates,
        prepare=images.prepare,
        validate=validation if data.validation else None,
        monitor="mAP50" if data.validation else None,
        average=config.average,
    )  # fmt: skip
    return [training]


def trained(config: Config, model: keras.Model) -> tuple[list, list]:
    """The variables of the encoder that are trained, and those of what is new.

    The encoder's depthwise kernels stay: on a CPU their gradient takes as long as all the rest.
    """
    names = ("stem", *(f"block{i}_" for i in range(config.frozen_blocks)))
    encoder, new = [], []
    for layer in model.layers:
        if not layer.name.startswith(names):
            if not layer.name.startswith("block"):
                new.extend(layer.trainable_variables)
            elif not layer.name.endswith("depthwise_conv"):
                encoder.extend(layer.trainable_variables)
    return encoder, new


def loss(config: Config, model: keras.Model, defaults: np.ndarray, batch) -> Loss:
    """Quality focal loss of the classes and GIoU loss of the boxes, summed over default boxes; the
    weight is the number of those that are to find something."""
    outputs = model(ops.cast(batch["image"], "float32"), training=True)
    logits, label = outputs["logits"], batch["label"]
    positive = ops.cast(label >= 0, "float32")
    overlap, gap = overlaps(decode(outputs["offsets"], defaults, ops.exp), batch["box"])
    weight = positive * batch["score"]
    box_loss = ops.sum(weight * (1 - overlap + gap))

    quality = ops.stop_gradient(ops.clip(overlap, 0, 1)) * weight
    target = ops.one_hot(ops.maximum(label, 0), logits.shape[-1]) * quality[..., None]
    focus = ops.abs(target - ops.sigmoid(logits)) ** config.focus
    entropy = ops.softplus(logits) - target * logits
    known = ops.maximum(batch["labelled"][:, None], ops.cast(target > 0, "float32"))
    seen = ops.cast(label > -2, "float32")[..., None]
    class_loss = ops.sum(focus * entropy * known * seen)
    count = ops.sum(weight) + 1e-3
    metrics = {"classes": (class_loss, count), "boxes": (box_loss, count)}
    return Loss(class_loss + config.box_weight * box_loss, count, metrics)


def overlaps(corners: tuple, boxes) -> tuple:
    """Intersection over union of boxes, given by their corners, with others `[..., 4]`; and the
    part of the smallest box around both that neither covers."""
    (low, high), other_low, other_high = corners, boxes[..., :2], boxes[..., 2:]

    def area(low, high):
        return ops.prod(ops.maximum(high - low, 0.0), axis=-1)

    shared = area(ops.maximum(low, other_low), ops.minimum(high, other_high))
    union = area(low, high) + area(other_low, other_high) - shared + 1e-9
    around = area(ops.minimum(low, other_low), ops.maximum(high, other_high)) + 1e-9
    return shared / union, (around - union) / around
