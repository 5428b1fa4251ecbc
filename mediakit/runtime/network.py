"""One LiteRT network: named arrays in, named arrays out."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from mediakit.errors import ModelError
from mediakit.native_messages import stderr_without

# A tensor in the manifest: name, shape (None for a dynamic size), dtype, and tensor, its name in the file.
Tensor = Mapping[str, Any]


class Network:
    """A network in a `.tflite` file, called with named arrays.

    It can be pickled; unpickling opens the file again. Threads may share a network, but their calls take turns.

    Args:
        path: the file.
        inputs, outputs: the tensors as the manifest describes them.
        threads: threads per call. Small networks are fastest with one; use several networks in parallel instead.

    Raises ModelError when the file is not a network, or lacks tensors that the manifest names.
    """

    def __init__(self, path: Path, inputs: Sequence[Tensor], outputs: Sequence[Tensor], threads: int = 1):
        self.path, self.inputs, self.outputs, self.threads = Path(path), tuple(inputs), tuple(outputs), threads
        self._open()

    def _open(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            with _quiet_start():
                self._interpreter = Interpreter(**_model(self.path), num_threads=self.threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise ModelError(f"{self.path}: not a network that LiteRT can run: {_first_line(error)}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        index = {detail["name"]: detail["index"] for detail in (*inputs, *outputs)}
        missing = [tensor["tensor"] for tensor in (*self.inputs, *self.outputs) if tensor["tensor"] not in index]
        if missing:
            raise ModelError(f"{self.path}: has no tensor {missing[0]}, which the manifest names; install or export the model again")
        self._feeds = [(tensor, index[tensor["tensor"]], np.dtype(tensor["dtype"])) for tensor in self.inputs]
        self._results = [(tensor["name"], index[tensor["tensor"]]) for tensor in self.outputs]
        self._shapes = {detail["index"]: tuple(detail["shape"]) for detail in inputs}
        self._kept: dict[int, np.ndarray] = {}  # by tensor index: the read-only arrays that are already copied in
        self._lock = Lock()

    def __call__(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on named arrays and return its outputs by name, as copies.

        A read-only array (`array.flags.writeable` is false) that was also passed in the previous call is not copied in again.
        So mark as read-only what stays the same from step to step.

        Raises ModelError for an input that is missing, unknown, or of the wrong shape or type.
        """
        self._check(arrays)
        with self._lock:
            self._resize(arrays)
            for tensor, index, _ in self._feeds:
                array = arrays[tensor["name"]]
                if self._kept.get(index) is array:
                    continue
                self._interpreter.set_tensor(index, np.ascontiguousarray(array))
                if array.flags.writeable:
                    self._kept.pop(index, None)
                else:
                    self._kept[index] = array
            try:
                self._interpreter.invoke()
            except RuntimeError as error:
                raise ModelError(f"{self.path}: cannot be run: {_first_line(error)}") from error
            return {name: self._interpreter.get_tensor(index) for name, index in self._results}

    def _check(self, arrays: Mapping[str, np.ndarray]) -> None:
        for tensor, index, dtype in self._feeds:
            name = tensor["name"]
            if name not in arrays:
                raise ModelError(f"{self.path.name}: input {name} is missing")
            array = arrays[name]
            if array.dtype != dtype:
                raise ModelError(f"{self.path.name}: input {name} is {array.dtype}, expected {dtype}")
            if array.shape != self._shapes[index]:
                self._check_shape(tensor, array)
        if len(arrays) > len(self._feeds):
            known = [tensor["name"] for tensor in self.inputs]
            unknown = ", ".join(name for name in arrays if name not in known)
            raise ModelError(f"{self.path.name}: has no input {unknown}; its inputs are {', '.join(known)}")

    def _resize(self, arrays: Mapping[str, np.ndarray]) -> None:
        changed = [(index, arrays[tensor["name"]].shape) for tensor, index, _ in self._feeds]
        changed = [(index, shape) for index, shape in changed if shape != self._shapes[index]]
        if not changed:
            return
        self._kept.clear()  # resizing reallocates the tensors
        try:
            for index, shape in changed:
                self._interpreter.resize_tensor_input(index, shape)
                self._shapes[index] = shape
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"{self.path}: cannot take shapes {[shape for _, shape in changed]}: {_first_line(error)}") from error

    def _check_shape(self, tensor: Tensor, array: np.ndarray) -> None:
        expected = tensor["shape"]
        sizes = zip(expected, array.shape, strict=False)
        if len(expected) != array.ndim or any(size not in (None, actual) for size, actual in sizes):
            raise ModelError(f"{self.path.name}: input {tensor['name']} has shape {list(array.shape)}, expected {list(expected)}")

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "inputs": self.inputs, "outputs": self.outputs, "threads": self.threads}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()


def open_network(path: Path, threads: int = 1) -> Network:
    """Open a network without a manifest; its tensors are taken from the file. Raises ModelError as `Network` does."""
    bare = Network(path, (), (), threads)
    inputs, outputs = bare._interpreter.get_input_details(), bare._interpreter.get_output_details()
    return Network(path, [_described(detail) for detail in inputs], [_described(detail) for detail in outputs], threads)


def _described(detail: Mapping[str, Any]) -> dict[str, Any]:
    """A tensor in the manifest's terms."""
    shape = [None if size < 0 else int(size) for size in detail["shape_signature"]]
    return {"name": detail["name"], "shape": shape, "dtype": np.dtype(detail["dtype"]).name, "tensor": detail["name"]}


_noise = Lock()
_noise_is_over = False


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Hide the line about its delegate that LiteRT prints once per process."""
    global _noise_is_over
    with _noise:
        if _noise_is_over:
            yield
            return
        with stderr_without(rb"XNNPACK delegate"):
            yield
        _noise_is_over = True


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _model(path: Path) -> dict[str, Any]:
    """A network's file as LiteRT takes it: a path, or its content where the path is not UTF-8."""
    name = str(path)
    return {"model_path": name} if name == os.fsencode(name).decode(errors="replace") else {"model_content": path.read_bytes()}
