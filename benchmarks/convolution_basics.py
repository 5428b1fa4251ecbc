"""What padding, pooling, convolution and transfer are worth: small networks on a part of Fashion-MNIST, trained alike.

    python benchmarks/convolution_basics.py /usr/share/datasets/fashion-mnist

Prints the table of docs/classification.md: parameters, accuracy on the published test images, seconds of training.
"""

import time
from dataclasses import replace
from pathlib import Path

import click
import keras
import numpy as np
from keras import layers

from mediakit.datasets import images
from mediakit.datasets.images import ImageSet
from mediakit.recipes import image_classifier, lenet
from mediakit.recipes.image_classifier import Config

SIZE = 32  # pixels
CNN = Config(network="cnn", size=SIZE, channels=1, filters=16, stages=2, dropout=0.0)
CNNS = {
    "small CNN, same padding, max pooling": CNN,
    "the same without padding": replace(CNN, padding="valid"),
    "the same with average pooling": replace(CNN, pooling="average"),
    "the same with strides in place of pooling": replace(CNN, pooling="stride"),
}
# Enlarged: at 32 pixels, the network would end in a map of 2 x 2.
PRETRAINED = {
    "EfficientNet-Lite0, 11 blocks, from ImageNet": Config(size=2 * SIZE, blocks=11),
    "the same from random weights": Config(size=2 * SIZE, blocks=11, imagenet=False),
}


def part(data: ImageSet, count: int) -> ImageSet:
    """The first images of a set."""
    return replace(data, pixels=data.pixels[:count], labels=data.labels[:count], names=data.names[:count])


def enlarged(data: ImageSet) -> ImageSet:
    """Grey images twice as large, in RGB."""
    return replace(data, pixels=data.pixels.repeat(2, axis=1).repeat(2, axis=2).repeat(3, axis=3))


def dense(classes: int) -> keras.Model:
    """A hidden layer of 256 units on all pixels."""
    image = keras.Input((SIZE, SIZE, 1))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(layers.Rescaling(1 / 255)(image)))
    return keras.Model(image, layers.Dense(classes)(x))


def measure(model: keras.Model, train: ImageSet, test: ImageSet, epochs: int, logits: bool) -> tuple[float, float]:
    """Accuracy in percent on the test images, and seconds of training."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    model.compile(optimizer=keras.optimizers.Adam(2e-3), loss=loss, metrics=["accuracy"])
    begin = time.perf_counter()
    model.fit(train.pixels.astype(np.float32), train.labels, batch_size=32, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - begin
    return 100 * model.evaluate(test.pixels.astype(np.float32), test.labels, batch_size=250, verbose=0)[1], seconds


@click.command()
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--train", "count", default=3000, show_default=True, help="Training images.")
@click.option("--test", "test_count", default=2000, show_default=True, help="Test images.")
@click.option("--epochs", default=4, show_default=True)
def main(folder: Path, count: int, test_count: int, epochs: int) -> None:
    """Train and measure each network once."""
    grey, test = (part(images.read(folder, split, SIZE, 1), n) for split, n in (("train", count), ("val", test_count)))
    sets = {SIZE: (grey, test), 2 * SIZE: (enlarged(grey), enlarged(test))}
    classes = len(grey.classes)
    origin = images.origin(folder)
    data = image_classifier.Data(grey, grey, origin)
    built = {
        "a dense layer of 256 units": (lambda: dense(classes), SIZE),
        "LeNet": (lambda: lenet.build(lenet.Config(), data), SIZE),
        **{name: (lambda config=config: image_classifier.build(config, data), SIZE) for name, config in CNNS.items()},
        **{name: (lambda config=config: image_classifier.build(config, data), 2 * SIZE) for name, config in PRETRAINED.items()},
    }
    print("| network | parameters | accuracy % | seconds |\n|---|---:|---:|---:|", flush=True)
    for name, (build, size) in built.items():
        keras.utils.set_random_seed(1)
        model = build()
        accuracy, seconds = measure(model, *sets[size], epochs, logits=name != "LeNet")
        print(f"| {name} | {model.count_params():,} | {accuracy:.1f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
