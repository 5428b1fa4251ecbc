"""Reading a PyTorch state dict without PyTorch, in the format that torch.save wrote before version 1.6.

Such a file is a sequence of pickles (magic number, protocol version, system information, the object, the storage keys), followed
by each storage as a 64-bit count and its raw numbers. The unpickler accepts only tensors and dictionaries.
"""

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from mediakit.errors import DataError

_MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "DoubleStorage": "<f8", "LongStorage": "<i8", "IntStorage": "<i4"}


@dataclass(frozen=True)
class _Tensor:
    """A tensor's position in its storage, whose numbers come later in the file."""

    key: str
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


def _rebuild_tensor(storage: tuple[str, str], offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> _Tensor:
    return _Tensor(storage[0], storage[1], offset, shape, stride)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _TYPES:
            return _TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not part of a state dict")

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        return pid[2], pid[1]


def _read(file: IO[bytes]) -> dict[str, np.ndarray]:
    if pickle.load(file) != _MAGIC:
        raise pickle.UnpicklingError("not in the format of PyTorch before 1.6")
    pickle.load(file), pickle.load(file)
    tensors: dict[str, _Tensor] = _Unpickler(file).load()
    dtypes = {tensor.key: tensor.dtype for tensor in tensors.values()}
    storages = {}
    for key in pickle.load(file):
        (count,) = struct.unpack("<q", file.read(8))
        dtype = np.dtype(dtypes[key])
        storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: _view(storages[tensor.key], tensor) for name, tensor in tensors.items()}


def _view(storage: np.ndarray, tensor: _Tensor) -> np.ndarray:
    strides = [step * storage.itemsize for step in tensor.stride]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides).copy()


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a state dict by name, as NumPy arrays in the file's precision. Raises DataError for any other file."""
    try:
        with open(path, "rb") as file:
            return _read(file)
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, ValueError, struct.error) as error:
        raise DataError(f"{path}: cannot be read as a PyTorch state dict: {error}") from error
