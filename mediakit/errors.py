"""Errors: one line that says what went wrong, where, and what to do."""


class MediakitError(Exception):
    """Base class of every error that a user can fix. The message is one line."""


class InputError(MediakitError):
    """An input or an option value that cannot be used."""


class ModelError(MediakitError):
    """A model folder that is unknown, damaged or inconsistent."""


class DataError(MediakitError):
    """A data set that is missing or malformed."""


class MissingExtra(MediakitError):
    """A package that the base installation leaves out is needed."""

    @classmethod
    def of(cls, extra: str, module: str) -> "MissingExtra":
        """The error for a missing `module` that the extra `extra` installs."""
        return cls(f'{module} is not installed: run pip install ".[{extra}]" in a clone or an unpacked archive of mediakit')


class RecipeError(MediakitError):
    """A recipe that breaks the contract of `mediakit.training.recipe`."""
