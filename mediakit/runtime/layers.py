"""Inside a network: the feature maps and kernels of its convolutions and poolings, for one image."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.native_messages import stderr_without

KINDS = {
    "CONV_2D": "convolution",
    "DEPTHWISE_CONV_2D": "depthwise convolution",
    "MAX_POOL_2D": "max pooling",
    "AVERAGE_POOL_2D": "average pooling",
}


@dataclass(frozen=True)
class Layer:
    """A convolution or pooling, with the activation function that LiteRT has merged into it.

    Args:
        kind: one of the values of `KINDS`.
        maps: its output, float32 `[rows, columns, channels]`.
        given: its input, float32 `[rows, columns, channels]`.
        kernel: of a convolution, float32 `[filters, rows, columns, inputs]`; of a depthwise one `[1, rows, columns, channels]`.
    """

    kind: str
    maps: np.ndarray
    given: np.ndarray
    kernel: np.ndarray | None

    @property
    def title(self) -> str:
        """Such as `convolution 5 x 5, 28 x 28 x 6`."""
        size = "" if self.kernel is None else f" {self.kernel.shape[1]} x {self.kernel.shape[2]}"
        return f"{self.kind}{size}, {' x '.join(map(str, self.maps.shape))}"


@dataclass(frozen=True)
class Inside:
    """What a network computed on the way to its answer.

    Args:
        layers: in the order in which they run.
        class_maps: each location's share in the score of each class, float32 `[rows, columns, classes]`, whose mean over locations
            is the score without its bias; None unless the network ends in global average pooling and a dense layer.
    """

    layers: tuple[Layer, ...]
    class_maps: np.ndarray | None


class LayerReader:
    """Runs a `.tflite` network without delegates, keeping all of its tensors. Many times slower than `Network`.

    Args:
        path: the file of a network with one input, an image.
    """

    def __init__(self, path: Path):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        with stderr_without(rb"XNNPACK delegate"):
            self._interpreter = Interpreter(
                model_content=path.read_bytes(),
                experimental_preserve_all_tensors=True,
                experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            )
            self._interpreter.allocate_tensors()
        self._details = {detail["index"]: detail for detail in self._interpreter.get_tensor_details()}

    def __call__(self, image: np.ndarray) -> Inside:
        """What the network computes for an image `[1, size, size, channels]` of its input's type."""
        [given] = self._interpreter.get_input_details()
        self._interpreter.set_tensor(given["index"], image)
        self._interpreter.invoke()
        operators = self._interpreter._get_ops_details()  # there is no public way to a network's operators
        layers = tuple(self._layer(operator) for operator in operators if operator["op_name"] in KINDS)
        return Inside(layers, self._class_maps(operators))

    def _layer(self, operator: dict[str, Any]) -> Layer:
        inputs, [output] = operator["inputs"], operator["outputs"]
        kernel = self._values(inputs[1]) if "CONV" in operator["op_name"] else None
        return Layer(KINDS[operator["op_name"]], self._values(output)[0], self._values(inputs[0])[0], kernel)

    def _class_maps(self, operators: list[dict[str, Any]]) -> np.ndarray | None:
        """Zhou et al. 2016, equation 2: the dense layer, applied to every location instead of to their mean."""
        made_by = {output: operator for operator in operators for output in operator["outputs"]}
        dense = next((operator for operator in reversed(operators) if operator["op_name"] == "FULLY_CONNECTED"), None)
        pooled = made_by.get(dense["inputs"][0]) if dense else None
        while pooled and pooled["op_name"] == "RESHAPE":
            pooled = made_by.get(pooled["inputs"][0])
        if dense is None or not pooled or pooled["op_name"] != "MEAN" or len(self._details[pooled["inputs"][0]]["shape"]) != 4:
            return None
        return self._values(pooled["inputs"][0])[0] @ self._values(dense["inputs"][1]).T

    def _values(self, index: int) -> np.ndarray:
        """A tensor in float32, dequantized."""
        values = self._interpreter.get_tensor(index)
        if np.issubdtype(values.dtype, np.floating):
            return values.astype(np.float32)
        stored = self._details[index]["quantization_parameters"]
        along = [1] * values.ndim
        if len(stored["scales"]) > 1:
            along[stored["quantized_dimension"]] = -1
        return (values.astype(np.float32) - stored["zero_points"].reshape(along)) * stored["scales"].reshape(along).astype(np.float32)
