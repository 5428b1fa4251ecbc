"""What can go wrong, said in one line: what, where, and what to do."""


class MediakitError(Exception):
    """Base of all errors that a user can mend. The message is one line."""


class InputError(MediakitError):
    """A photo, film, text or option value that cannot be used."""


class ModelError(MediakitError):
    """A model folder that is unknown, damaged, or does not fit together."""


class DataError(MediakitError):
    """A data set that is absent or malformed."""


class MissingExtra(MediakitError):
    """Something needs packages that the base install leaves out."""

    @classmethod
    def of(cls, extra: str, module: str) -> "MissingExtra":
        """The error for a missing `module`, which the extra `extra` brings."""
        return cls(f'{module} is not installed: pip install "mediakit[{extra}]"')
