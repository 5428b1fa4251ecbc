"""The constants of a LiteRT file: in the order in which its operators use them, and each table stored once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_TYPES = schema.TensorType
_DTYPES = {_TYPES.FLOAT32: np.float32, _TYPES.FLOAT16: np.float16, _TYPES.INT8: np.int8, _TYPES.INT32: np.int32}
_QUANTIZED = (_TYPES.INT8, _TYPES.INT32)  # INT32 are biases; without a scale they are shapes and axes
_OPERATORS = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
_ROW_SCALES = b"row_scales"  # name of a tensor that `share_tables` adds


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

    `DEQUANTIZE` operators are skipped and their inputs used in their place, and so are the scales of `share_tables`: the order
    depends on the network alone and not on the type of its weights.
    """
    model = _read(path)
    for graph in model.subgraphs:
        operators = [(_name(model, operator), operator) for operator in graph.operators]
        stored = {operator.outputs[0]: operator.inputs[0] for name, operator in operators if name == "DEQUANTIZE"}
        for name, operator in operators:
            operands = [] if name == "DEQUANTIZE" else [stored.get(index, index) for index in operator.inputs if index >= 0]
            for tensor in (graph.tensors[index] for index in operands):
                data = model.buffers[tensor.buffer].data
                if data is not None and len(data) and _is_weight(tensor):
                    yield _dequantized(f"{path.stem} {name}", tensor, np.asarray(data))


def _is_weight(tensor: Any) -> bool:
    return tensor.type in _DTYPES and tensor.name != _ROW_SCALES and (tensor.type != _TYPES.INT32 or _has_scale(tensor))


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


def share_tables(path: Path) -> None:
    """Store an int8 table once that both embeds tokens and scores them (Press and Wolf 2017).

    The converter quantizes it twice: as a whole for `GATHER`, row by row for `FULLY_CONNECTED`. Here the former reads the rows of
    the latter, which are the more precise, and multiplies them by their scales.
    """
    model, shared = _read(path), False
    for graph in model.subgraphs:
        operators = {name: [each for each in graph.operators if _name(model, each) == name] for name in ("GATHER", "FULLY_CONNECTED")}
        for gather in operators["GATHER"]:
            scored = (each.inputs[1] for each in operators["FULLY_CONNECTED"])
            table = next((index for index in scored if _are_one_table(model, graph.tensors[gather.inputs[0]], graph.tensors[index])), None)
            if table is not None:
                _gather_rows_of(model, graph, gather, table)
                shared = True
    if not shared:
        return
    builder = flatbuffers.Builder(path.stat().st_size)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())


def _are_one_table(model: Any, whole: Any, by_row: Any) -> bool:
    """Whether two tensors are the same table, the second one with a scale for each row."""
    both = whole, by_row
    data = [model.buffers[tensor.buffer].data for tensor in both]
    if any(each is None for each in data) or any(tensor.type != _TYPES.INT8 or not _has_scale(tensor) for tensor in both):
        return False
    if len(data[0]) != len(data[1]) or len(by_row.quantization.scale) != by_row.shape[0] or len(whole.quantization.scale) != 1:
        return False
    first, second = (_dequantized("", tensor, np.asarray(each)) for tensor, each in zip(both, data, strict=True))
    if first.values.shape != second.values.shape:
        return False
    return bool(np.abs(first.values - second.values).max() < (first.step + np.max(by_row.quantization.scale)) * 0.51)


def _gather_rows_of(model: Any, graph: Any, gather: Any, table: int) -> None:
    """Let `GATHER` read a table that has a scale for each row. Its own table's tensor becomes the one of the scales."""
    whole, tokens, rows = gather.inputs[0], gather.inputs[1], gather.outputs[0]
    dequantize = next(each for each in graph.operators if rows in each.inputs)
    scales = np.asarray(graph.tensors[table].quantization.scale, np.float32)
    tensor = graph.tensors[whole]
    tensor.name, tensor.type, tensor.shape, tensor.quantization = _ROW_SCALES, _TYPES.FLOAT32, [len(scales), 1], None
    model.buffers[tensor.buffer].data = scales.view(np.uint8)
    graph.tensors[rows].quantization = None
    gather.inputs = [table, *gather.inputs[1:]]
    numbers, scale = (_add_tensor(graph, graph.tensors[dequantize.outputs[0]], size) for size in (None, 1))
    place, result = graph.operators.index(dequantize), dequantize.outputs[0]
    graph.operators[place : place + 1] = [
        _operator(model, "CAST", [rows], numbers),
        _operator(model, "GATHER", [whole, tokens], scale, gather),
        _operator(model, "MUL", [numbers, scale], result),
    ]


def _add_tensor(graph: Any, like: Any, size: int | None) -> int:
    """Add a tensor `[batch, size]`, or of the same shape for None; returns its index."""
    tensor = schema.TensorT()
    tensor.name, tensor.type, tensor.buffer = like.name + b"/shared", like.type, 0
    tensor.shape, tensor.shapeSignature = (
        shape if shape is None or size is None else [*shape[:-1], size] for shape in (like.shape, like.shapeSignature)
    )
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def _operator(model: Any, name: str, inputs: list[int], output: int, like: Any = None) -> Any:
    operator, code = schema.OperatorT(), getattr(schema.BuiltinOperator, name)
    found = [number for number, each in enumerate(model.operatorCodes) if each.builtinCode == code]
    if not found:
        added = schema.OperatorCodeT()
        added.builtinCode = added.deprecatedBuiltinCode = code
        added.version = 1
        model.operatorCodes.append(added)
    operator.opcodeIndex = found[0] if found else len(model.operatorCodes) - 1
    operator.inputs, operator.outputs = inputs, [output]
    if like is not None:
        operator.builtinOptionsType, operator.builtinOptions = like.builtinOptionsType, like.builtinOptions
    elif name == "MUL":
        operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.MulOptions, schema.MulOptionsT()
    return operator


def _read(path: Path) -> Any:
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(path.read_bytes(), 0))


def _name(model: Any, operator: Any) -> str:
    code = model.operatorCodes[operator.opcodeIndex]
    return _OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)]
