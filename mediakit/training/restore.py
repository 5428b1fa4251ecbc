"""Keras weights from the LiteRT files of a model folder, so that training can start from a model that ships."""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from mediakit.errors import ModelError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.training.export import compare, convert
from mediakit.training.litert_file import Constant, constants
from mediakit.training.recipe import Export

Networks = Callable[[], Mapping[str, Export]]


def restore_weights(folder: ModelFolder, model: keras.Model, networks: Networks) -> list[keras.Variable]:
    """Give a model the weights in the LiteRT files of a model folder, to the precision that they are stored in.

    A file does not say which constant holds which weight: the converter transposes, splits, scales and renames. So the model's
    own networks are converted twice, each weight having another known value (see `Codes`). From the two constants at a place the
    weight follows, and the factor that the converter applied; the folder's constant at that place, divided by the factor, is the
    weight's value.

    Args:
        folder: the model folder.
        model: built with the folder's config, vocabulary and so on.
        networks: makes the networks of the model with the weights that it has at that moment, as a recipe's `networks` does.

    Returns the trainable variables that are in no file (a discriminator's, say). They keep their values.

    Raises ModelError when the folder is of another model, or the restored networks do not compute what the files compute.
    """
    variables = [variable for variable in model.variables if keras.backend.is_float_dtype(variable.dtype)]
    weights = np.concatenate([keras.ops.convert_to_numpy(variable).ravel() for variable in variables])
    codes = Codes([int(np.prod(variable.shape)) for variable in variables])
    stored = [constant for key in folder.manifest["networks"] for constant in constants(folder.network_file(key))]
    coded = []
    for values in (codes.first, codes.second):
        _assign(variables, values)
        coded.append(_converted_constants(folder, networks()))
        if [(c.place, c.values.shape) for c in coded[-1]] != [(c.place, c.values.shape) for c in stored]:
            raise _misfit(folder)
    found, rng = np.zeros(len(weights), bool), np.random.default_rng(0)
    # The finest last: a table may be stored twice, quantized row by row and as a whole.
    for constant, first, second in sorted(zip(stored, *coded, strict=True), key=lambda row: -row[0].step):
        places, values = codes.decode(first.values, second.values, _off_the_grid(constant, rng))
        weights[places], found[places] = values, True
    _assign(variables, weights)
    for key, export in networks().items():
        try:
            compare(export, folder.network_file(key), folder.manifest["networks"][key])
        except ModelError as error:
            raise ModelError(f"{folder.path}: its weights cannot be restored from its files, start from its run folder: {error}") from error
    return [v for v, part in zip(variables, _split(variables, found), strict=True) if v.trainable and not part.any()]


class Codes:
    """Two values for each weight of a model. Their ratio tells the weight, whatever factor both were multiplied by.

    The ratio of weight number i (from 0) is exp(STEP * (i + 1)). A constant that no weight goes into has the ratio 1, the
    reciprocal of a weight the reciprocal ratio.

    Args:
        sizes: of the variables, in order.
    """

    STEP = 1e-6  # several times the rounding error of a ratio of float32 products

    def __init__(self, sizes: Sequence[int]):
        count = sum(sizes)
        self.first = np.random.default_rng(0).uniform(0.5, 1.5, count).astype(np.float32)
        self.second = self.first * np.exp(self.STEP * np.arange(1, count + 1)).astype(np.float32)
        self._alone = np.repeat([size == 1 for size in sizes], sizes)

    def decode(self, first: np.ndarray, second: np.ndarray, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The numbers of the weights in a constant, and their values by the constant `stored` at the same place.

        `first` and `second` are what the constant is for either value of the weights. Both results are empty for a constant that
        does not consist of weights times one factor.
        """
        first, second, stored = (part.ravel().astype(np.float64) for part in (first, second, stored))
        with np.errstate(all="ignore"):
            numbers = np.nan_to_num(np.log(second / first) / self.STEP)
        numbers = np.where(np.abs(numbers) <= len(self.first) + 0.5, np.rint(numbers), 0).astype(np.int64)
        held = np.flatnonzero(numbers)  # the rest are numbers that the recipe gives
        places, reciprocal = np.abs(numbers[held]) - 1, numbers[held] < 0
        with np.errstate(all="ignore"):
            factor = np.where(reciprocal, first[held] * self.first[places], first[held] / self.first[places])
            values = np.where(reciprocal, factor / stored[held], stored[held] / factor)
        # A function of several weights has a ratio that points anywhere. It shows in the factors, but for a single number.
        by_chance = len(stored) == 1 and not self._alone[places].all()
        if by_chance or not np.allclose(factor, factor[:1], rtol=1e-5, atol=0):
            return places[:0], values[:0]
        return places, values


def _off_the_grid(constant: Constant, rng: np.random.Generator) -> np.ndarray:
    """The values, those in float16 moved at random within the interval that is rounded to them.

    With all weights on the grid of float16, the next export would round every small update back. In a deep encoder that adds up:
    after one step of fine-tuning the captioner, outputs of the shipped encoder were 2 % off, and are 0.4 % off like this.
    """
    if constant.dtype != "float16":
        return constant.values
    spacing = np.spacing(constant.values.astype(np.float16)).astype(np.float32)
    return constant.values + spacing * rng.uniform(-0.5, 0.5, constant.values.shape)


def _converted_constants(folder: ModelFolder, networks: Mapping[str, Export]) -> list[Constant]:
    """The constants of networks in float32, in the order of the folder's manifest."""
    if set(networks) != set(folder.manifest["networks"]):
        raise _misfit(folder)
    with tempfile.TemporaryDirectory() as temporary:
        found: list[Constant] = []
        for key in folder.manifest["networks"]:
            path = Path(temporary) / f"{key}.tflite"
            convert(dataclasses.replace(networks[key], weights="float32"), path)
            found += constants(path)
        return found


def _split(variables: Sequence[keras.Variable], values: np.ndarray) -> list[np.ndarray]:
    ends = np.cumsum([int(np.prod(variable.shape)) for variable in variables])
    return [part.reshape(variable.shape) for variable, part in zip(variables, np.split(values, ends[:-1]), strict=True)]


def _assign(variables: Sequence[keras.Variable], values: np.ndarray) -> None:
    for variable, part in zip(variables, _split(variables, values), strict=True):
        variable.assign(part)


def _misfit(folder: ModelFolder) -> ModelError:
    made = folder.manifest.get("versions", {}).get("tensorflow", "another TensorFlow")
    return ModelError(
        f"{folder.path}: its networks are not those of the recipe {folder.manifest.get('recipe')} with its config: "
        f"is it of another version of the recipe, or of TensorFlow (it was made with {made})?"
    )
