"""The way from a command to training, which needs the extra `train`; what TensorFlow says of itself as it starts is left out."""

import importlib
import os
from types import ModuleType

from mediakit.errors import MissingExtra
from mediakit.native_messages import stderr_without

# Its processor's instructions, and that there is no GPU. Of a GPU whose libraries are not found it warns, and that is let through.
_SELF_TALK = (
    rb"^WARNING: All log messages before absl|^To enable the following"
    rb"|^[IE]\d{4} .*(port|cudart_stub|cpu_feature_guard|cuda_platform)\.cc"
)


def training_command() -> ModuleType:
    """`mediakit.training.command`. Raises MissingExtra where TensorFlow, or another package that only training needs, is absent."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors
    try:
        with stderr_without(_SELF_TALK):
            command = importlib.import_module("mediakit.training.command")
            command.find_devices()
    except ModuleNotFoundError as error:
        raise MissingExtra.of("train", error.name or "TensorFlow") from error
    return command
