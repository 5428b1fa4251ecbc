"""Errors: one line that says what went wrong, where, and what to do."""

from collections.abc import Iterable


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


class InputWarning(UserWarning):
    """An input that was read, with what had to be guessed or is missing. Commands print it as a note."""


class RecipeError(MediakitError):
    """A recipe that breaks the contract of `mediakit.training.recipe`."""


def on_one_line(text: str) -> str:
    """A file name or a message without line breaks and other control characters, which are written as escapes such as \\n."""
    return "".join(repr(one)[1:-1] if one < " " or "\x7f" <= one <= "\x9f" or one in "\u2028\u2029" else one for one in text)


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`; did you mean …?` with the known word nearest to `word`, to end a message with.

    Empty if the similarity of all words (0 to 1) is below `cutoff`.
    """
    import difflib  # only where something went wrong

    near = difflib.get_close_matches(word, list(known), 1, cutoff)
    return f"; did you mean {near[0]}?" if near else ""
