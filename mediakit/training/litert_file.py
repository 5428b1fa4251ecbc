"""The constants of a LiteRT file, in the order in which its operators use them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

_TYPES = schema.TensorType
_DTYPES = {_TYPES.FLOAT32: np.float32, _TYPES.FLOAT16: np.float16, _TYPES.INT8: np.int8, _TYPES.INT32: np.int32}
_QUANTIZED = (_TYPES.INT8, _TYPES.INT32)  # INT32 are biases; without a scale they are shapes and axes
_OPERATORS = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}


@dataclass(frozen=True)
class Constant:
    """A constant operand of an operator.

    Args:
        place: the network and the operator, for messages and comparisons.
        values: float32, dequantized.
        dtype: as stored.
        step: mean distance between neighbouring quantized values; 0 for floating point.
    """

    place: str
    values: np.ndarray
    dtype: str
    step: float = 0.0


def constants(path: Path) -> Iterator[Constant]:
    """The floating-point and quantized constants of a LiteRT file, operator by operator and operand by operand.

    `DEQUANTIZE` operators are skipped and their inputs used in their place, so that the order depends on the network alone and not
    on the type of its weights.
    """
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))
    names = [_OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)] for code in model.operatorCodes]
    for graph in model.subgraphs:
        operators = [(names[operator.opcodeIndex], operator) for operator in graph.operators]
        stored = {operator.outputs[0]: operator.inputs[0] for name, operator in operators if name == "DEQUANTIZE"}
        for name, operator in operators:
            operands = [] if name == "DEQUANTIZE" else [stored.get(index, index) for index in operator.inputs if index >= 0]
            for tensor in (graph.tensors[index] for index in operands):
                data = model.buffers[tensor.buffer].data
                if data is not None and len(data) and tensor.type in _DTYPES and (tensor.type != _TYPES.INT32 or _has_scale(tensor)):
                    yield _dequantized(f"{path.stem} {name}", tensor, np.asarray(data))


def _dequantized(place: str, tensor: Any, data: np.ndarray) -> Constant:
    shape = () if tensor.shape is None else tuple(tensor.shape)
    values = data.view(_DTYPES[tensor.type]).reshape(shape).astype(np.float32)
    if tensor.type not in _QUANTIZED:
        return Constant(place, values, _DTYPES[tensor.type].__name__)
    scale = np.asarray(tensor.quantization.scale, np.float32)
    along = [1] * values.ndim
    along[tensor.quantization.quantizedDimension] = -1
    zero = np.asarray(tensor.quantization.zeroPoint, np.float32)
    quantized = (values - zero.reshape(along)) * scale.reshape(along)
    return Constant(place, quantized, _DTYPES[tensor.type].__name__, float(scale.mean()))


def _has_scale(tensor: Any) -> bool:
    return tensor.quantization is not None and tensor.quantization.scale is not None and len(tensor.quantization.scale) > 0
