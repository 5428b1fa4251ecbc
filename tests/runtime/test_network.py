"""LiteRT networks: correct results at every batch size and in every order, clear errors, no noise."""

import os
import pickle
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import mediakit
from mediakit.errors import ModelError
from mediakit.runtime.model_folder import open_folder
from mediakit.runtime.network import Network


@pytest.fixture
def decoder(tiny_model):
    return open_folder(tiny_model).network("decoder")


def made_inputs(network, rows, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {tensor["name"]: (rows, *tensor["shape"][1:]) for tensor in network.inputs}
    made = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items() if name != "tokens"}
    return {
        **made,
        "tokens": np.full(rows, 4, np.int32),
    }  # "a", after which the tiny model's answer depends on every input


def reference(network, arrays):
    """The results of LiteRT's own kernels, without a delegate, in a fresh interpreter."""
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(network.path), experimental_op_resolver_type=kernels)
    index = {d["name"]: d["index"] for d in (*interpreter.get_input_details(), *interpreter.get_output_details())}
    for tensor in network.inputs:
        interpreter.resize_tensor_input(index[tensor["tensor"]], arrays[tensor["name"]].shape)
    interpreter.allocate_tensors()
    for tensor in network.inputs:
        interpreter.set_tensor(index[tensor["tensor"]], arrays[tensor["name"]])
    interpreter.invoke()
    return {tensor["name"]: interpreter.get_tensor(index[tensor["tensor"]]) for tensor in network.outputs}


def assert_close(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=0.05, err_msg=name)


def test_the_shipped_decoder_is_correct_after_any_resize():
    """LiteRT's delegate sometimes gives wrong results, from the second call after a resize on, for networks that compute
    shapes at run time. Such a network must not ship."""
    folder = open_folder("captioning")
    sizes = (1, 3, 24, 6)
    inputs = {rows: made_inputs(folder.network("decoder"), rows) for rows in sizes}
    expected = {rows: reference(folder.network("decoder"), arrays) for rows, arrays in inputs.items()}
    kept = []  # the memory of other networks lies between them
    for _ in range(12):
        kept.append(folder.network("decoder"))
        for rows in (1, 3, 1, 24, 6):
            for _ in range(3):
                assert_close(kept[-1](**inputs[rows]), expected[rows])


def test_resizes_and_back(decoder):
    for rows in (1, 4, 2, 4):
        arrays = made_inputs(decoder, rows, seed=rows)
        assert_close(decoder(**arrays), reference(decoder, arrays))


def test_a_writable_array_may_be_changed_between_calls(decoder):
    arrays = made_inputs(decoder, 2)
    before = decoder(**arrays)["log_probabilities"]
    arrays["values"] *= -3
    assert np.abs(reference(decoder, arrays)["log_probabilities"] - before).max() > 0.5
    assert_close(decoder(**arrays), reference(decoder, arrays))


def test_read_only_arrays_are_kept_until_they_or_the_size_change(decoder):
    first, other, larger = made_inputs(decoder, 2), made_inputs(decoder, 2, seed=1), made_inputs(decoder, 3)
    for arrays in (first, other, larger):
        for array in arrays.values():
            array.flags.writeable = False
    for arrays in (first, first, other, first, larger, first, first):
        assert_close(decoder(**arrays), reference(decoder, arrays))


def test_results_are_copies(decoder):
    first = decoder(**made_inputs(decoder, 2))
    before = first["log_probabilities"].copy()
    decoder(**made_inputs(decoder, 2, seed=1))
    np.testing.assert_array_equal(first["log_probabilities"], before)


class Slow:
    """An interpreter that lets other threads in before it runs."""

    def __init__(self, interpreter):
        self._interpreter = interpreter

    def __getattr__(self, name):
        return getattr(self._interpreter, name)

    def invoke(self):
        time.sleep(0.002)
        self._interpreter.invoke()


def test_threads_may_share_one(decoder):
    decoder._interpreter = Slow(decoder._interpreter)
    inputs = [made_inputs(decoder, 1 + i % 3, seed=i) for i in range(60)]
    expected = [decoder(**arrays) for arrays in inputs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda arrays: decoder(**arrays), inputs))
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other)


def test_unpickling_opens_the_file_again(decoder):
    arrays = made_inputs(decoder, 2)
    assert_close(pickle.loads(pickle.dumps(decoder))(**arrays), decoder(**arrays))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda arrays: arrays.pop("keys"), r"decoder\.tflite: input keys is missing"),
        (lambda arrays: arrays.update(other=arrays["keys"]), r"decoder\.tflite: has no input other"),
        (
            lambda arrays: arrays.update(keys=arrays["keys"][:, :2]),
            r"input keys has shape \[2, 2, 3\], expected \[None, 4",
        ),
        (lambda arrays: arrays.update(keys=arrays["keys"][0]), r"input keys has shape \[4, 3\]"),
        (lambda arrays: arrays.update(keys=arrays["keys"].astype("float64")), "input keys is float64, expected float32"),
    ],
)
def test_wrong_inputs_are_named(decoder, change, why):
    arrays = made_inputs(decoder, 2)
    change(arrays)
    with pytest.raises(ModelError, match=why):
        decoder(**arrays)
    arrays = made_inputs(decoder, 2)
    assert_close(decoder(**arrays), reference(decoder, arrays))


def test_inconsistent_inputs_are_an_error_and_do_no_damage(decoder):
    arrays = made_inputs(decoder, 2)
    with pytest.raises(ModelError, match=r"decoder\.tflite"):
        decoder(**{**arrays, "keys": np.zeros((5, 4, 3), np.float32)})
    assert_close(decoder(**arrays), reference(decoder, arrays))


def test_a_file_that_is_not_a_network(tmp_path):
    path = tmp_path / "some.tflite"
    path.write_bytes(b"no network at all")
    with pytest.raises(ModelError, match=r"some\.tflite: not a network") as caught:
        Network(path, [], [])
    assert "\n" not in str(caught.value)


def test_a_missing_tensor(decoder):
    outputs = [{**decoder.outputs[0], "tensor": "absent:0"}]
    with pytest.raises(ModelError, match="absent:0"):
        Network(decoder.path, decoder.inputs, outputs)


def run(code, **options):
    return subprocess.run([sys.executable, "-c", code], check=True, timeout=60, text=True, **options)


def test_opens_quietly(tiny_model):
    code = f"import mediakit; mediakit.load({str(tiny_model)!r})"
    assert run(code, capture_output=True).stderr == ""


def test_other_messages_at_the_start_are_passed_on(tiny_model):
    code = f"""
import os
from ai_edge_litert import interpreter
class Loud(interpreter.Interpreter):
    def __init__(self, *args, **options):
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\nERROR: something real\\n")
        super().__init__(*args, **options)
interpreter.Interpreter = Loud
import mediakit
mediakit.load({str(tiny_model)!r})
"""
    assert run(code, capture_output=True).stderr.splitlines()[:1] == ["ERROR: something real"]


@pytest.mark.skipif(sys.platform == "win32", reason="closes a POSIX file descriptor")
def test_standard_error_may_be_closed(tiny_model):
    code = f"import os; os.close(2); import mediakit; mediakit.load({str(tiny_model)!r}); print('fine')"
    assert run(code, stdout=subprocess.PIPE).stdout == "fine\n"


def test_a_folder_whose_name_is_not_utf8(tiny_model, tmp_path):
    folder = tmp_path / os.fsdecode(b"mod\xe9le")
    shutil.copytree(tiny_model, folder)
    assert mediakit.load(str(folder)).folder.path == folder
