"""Where a data set comes from, as model cards state it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mediakit.datasets.folders import readable


@dataclass(frozen=True)
class Origin:
    """A data set's name, licence and source; `holds` names its examples in the plural."""

    name: str
    license: str
    note: str = ""
    holds: str = "sentences"

    @property
    def entry(self) -> dict[str, str]:
        """As a model card lists it."""
        return {"name": self.name, "license": self.license, "note": self.note}


IMAGENET = Origin("ImageNet (ILSVRC 2012)", "research", "only through EfficientNet-Lite's published weights, Apache-2.0", "photos")


def own_data(folder: Path, holds: str) -> Origin:
    """The origin of a user's own data, of which only the folder's name is known."""
    return Origin(readable(folder.resolve().name), "its owner's", holds=holds)


def learned_from(origins: Iterable[Origin]) -> str:
    """The licence of a model, as far as its data sets decide it."""
    return "the weights were learned from " + "; ".join(f"{origin.name} ({origin.license})" for origin in origins)
