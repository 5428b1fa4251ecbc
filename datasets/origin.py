"""Where a data set comes from, as model cards state it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """A data set's name, licence and source; `holds` names its examples in the plural."""

    name: str
    license: str
    note: str = ""
    holds: str = "sentences"


def own_data(folder: Path, holds: str) -> Origin:
    """The origin of a user's own data, of which only the folder's name is known."""
    return Origin(folder.resolve().name, "its owner's", holds=holds)
