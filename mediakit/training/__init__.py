"""What trains: the trainer, supervised phases, losses, batches, distribution, checkpoints, export.

Importing it starts TensorFlow, without the log lines about the machine that TensorFlow prints as it starts.
"""

import logging
import os
import sqlite3  # noqa: F401  (before TensorFlow, whose own SQLite, without full-text search, would take its place)

from mediakit.errors import MissingExtra
from mediakit.native_messages import stderr_without

# The processor's instructions, and that there is no GPU. That a GPU's libraries are missing is a warning, and stays.
_STARTUP_LINES = (
    rb"^WARNING: All log messages before absl|^To enable the following"
    rb"|^[IE]\d{4} .*(port|cudart_stub|cpu_feature_guard|cuda_platform)\.cc"
)


def _start_tensorflow() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # warnings and errors
    try:
        with stderr_without(_STARTUP_LINES):
            import keras  # noqa: F401
            import tensorflow as tf

            tf.config.list_physical_devices()  # TensorFlow looks for devices at the first call
    except ModuleNotFoundError as error:
        raise MissingExtra.of("train", error.name or "tensorflow") from error
    # Batches have several shapes: that functions are traced for each is expected, and would break the progress line.
    tf.get_logger().addFilter(_is_not_retracing)


def _is_not_retracing(record: logging.LogRecord) -> bool:
    return "retracing" not in record.getMessage()


_start_tensorflow()
