"""What the results of all pipelines share: plain data for programs, a short repr, and an image for notebooks."""

import html
import io
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from mediakit.errors import MediakitError

if TYPE_CHECKING:
    from PIL.Image import Image


class ShortRepr:
    """Gives a dataclass made with `repr=False` a repr of a few lines at most."""

    def __repr__(self) -> str:
        shown = (f"{field.name}={_short.repr(getattr(self, field.name))}" for field in fields(self) if field.repr)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"


class Result(ShortRepr, ABC):
    """A pipeline's result. Subclasses are frozen dataclasses."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The result ready for JSON."""

    def to_row(self) -> dict[str, Any]:
        """The result as a row of a table: `to_dict`, and as bytes what JSON cannot hold."""
        return self.to_dict()


class DrawnResult(Result):
    """A result that an image shows best; notebooks display it."""

    @abstractmethod
    def draw(self) -> "Image":
        """The result as an image. Raises InputError when it cannot be drawn."""

    def _repr_png_(self) -> bytes | None:
        try:
            return png(self.draw())
        except MediakitError:  # the notebook falls back on the repr
            return None


def png(image: "Image") -> bytes:
    """An image as the bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table for notebooks, its cells escaped."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line(head, 'th')}{''.join(line(row, 'td') for row in rows)}</table>"


class _Short(reprlib.Repr):
    """Shows arrays by type and shape, and only the ends of long sequences and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.maxtuple, self.maxlist, self.maxstring, self.maxother = 3, 3, 80, 200

    def repr_ndarray(self, array: np.ndarray, level: int) -> str:
        return f"{array.dtype}{list(array.shape)}"

    def repr_float(self, number: float, level: int) -> str:
        return f"{number:.6g}"


_short = _Short()
