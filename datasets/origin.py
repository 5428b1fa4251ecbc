"""Where a data set comes from, as model cards state it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A data set's name, licence and source; `holds` names its examples in the plural."""

    name: str
    license: str
    note: str = ""
    holds: str = "sentences"
