"""One LiteRT network: named arrays in, named arrays out."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mediakit.errors import ModelError

Tensor = Mapping[str, Any]  # a manifest's entry: name, shape (None: dynamic), dtype, tensor (its name in the file)


class Network:
    """A network in a `.tflite` file. Call it with arrays by name; it can be pickled, and opens the file again.

    Args:
        path: the file.
        inputs, outputs: the manifest's descriptions of its tensors.
        threads: of one call. Small networks are fastest with one; run several networks side by side instead.
    """

    def __init__(self, path: Path, inputs: Sequence[Tensor], outputs: Sequence[Tensor], threads: int = 1):
        self.path, self.inputs, self.outputs, self.threads = Path(path), tuple(inputs), tuple(outputs), threads
        self._open()

    def _open(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            with _quiet_start():
                self._interpreter = Interpreter(model_path=str(self.path), num_threads=self.threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise ModelError(f"{self.path}: not a network that LiteRT can run: {str(error).splitlines()[0]}") from error
        found = {detail["name"]: detail["index"] for detail in (*self._interpreter.get_input_details(), *self._interpreter.get_output_details())}
        missing = [tensor["tensor"] for tensor in (*self.inputs, *self.outputs) if tensor["tensor"] not in found]
        if missing:
            raise ModelError(f"{self.path}: has no tensor {missing[0]}, which the manifest names; the folder's files don't belong together")
        self._index = {tensor["name"]: found[tensor["tensor"]] for tensor in self.inputs}
        self._results = [(tensor["name"], found[tensor["tensor"]]) for tensor in self.outputs]
        self._shapes = {detail["index"]: tuple(detail["shape"]) for detail in self._interpreter.get_input_details()}

    def __call__(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network. Raises ModelError for a missing, unknown or misshapen input."""
        resized = False
        for tensor in self.inputs:
            name, index = tensor["name"], self._index[tensor["name"]]
            array = arrays.get(name)
            if array is None:
                raise ModelError(f"{self.path.name}: input {name} is missing")
            if array.shape != self._shapes[index]:
                self._check_shape(tensor, array)
                self._interpreter.resize_tensor_input(index, array.shape)
                self._shapes[index] = array.shape
                resized = True
        if resized:
            self._interpreter.allocate_tensors()
        for tensor in self.inputs:
            array = arrays[tensor["name"]]
            if array.dtype != tensor["dtype"]:
                raise ModelError(f"{self.path.name}: input {tensor['name']} is {array.dtype}, wanted {tensor['dtype']}")
            self._interpreter.set_tensor(self._index[tensor["name"]], np.ascontiguousarray(array))
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index) for name, index in self._results}

    def _check_shape(self, tensor: Tensor, array: np.ndarray) -> None:
        wanted = tensor["shape"]
        fits = len(wanted) == array.ndim and all(size in (None, given) for size, given in zip(wanted, array.shape, strict=True))
        if not fits:
            raise ModelError(f"{self.path.name}: input {tensor['name']} has shape {list(array.shape)}, wanted {wanted}")

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "inputs": self.inputs, "outputs": self.outputs, "threads": self.threads}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()


_noise_is_over = False


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Keep LiteRT's line about its delegate, printed once by native code, from the user; anything else it says is passed on."""
    global _noise_is_over
    if _noise_is_over:
        yield
        return
    import tempfile

    sys.stderr.flush()
    with tempfile.TemporaryFile() as caught:
        kept = os.dup(2)
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            _noise_is_over = True
            caught.seek(0)
            said = [line for line in caught.read().splitlines(keepends=True) if b"XNNPACK delegate" not in line]
            if said:
                os.write(2, b"".join(said))
