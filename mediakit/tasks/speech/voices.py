"""What a speech model can say, and in whose voice: the file `voices.json` of its model folder."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mediakit.errors import InputError, ModelError, did_you_mean

_BETWEEN = re.compile(r"[\s+\-−–.,:;/()'’_·٫٬]+")  # signs and separators, which are not said
_LONGEST_SHOWN = 40  # characters of a text in a message


@dataclass(frozen=True)
class Voices:
    """Words and speakers in the order of their numbers in the networks.

    Attributes:
        labels: the words, such as `7`.
        speakers: their names.
        rate: samples per second.
        level: of the recordings, the median, in dB of full scale.
        dilations: of the layers, in samples.
    """

    labels: Sequence[str]
    speakers: Sequence[str]
    rate: int
    level: float
    dilations: Sequence[int]

    @classmethod
    def read(cls, path: Path) -> "Voices":
        """Read `voices.json`. Raises ModelError for a file that does not hold it."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise ModelError(f"{path}: not the voices of a speech model; install or export the model again") from error

    def write(self, path: Path) -> None:
        """Write `voices.json`."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def words(self, text: str) -> list[str]:
        """The labels that a text consists of. Signs, spaces and separators are left out; a number is said digit by digit.

        Raises InputError for a text that holds anything else, or nothing.
        """
        found: list[str] = []
        for part in filter(None, _BETWEEN.split(text)):
            plain = "".join(str(unicodedata.decimal(one, one)) for one in part)
            whole = [plain.lower()] if plain.lower() in self.labels else list(plain)
            unknown = [one for one in whole if one not in self.labels]
            if unknown:
                shown = part if len(part) <= _LONGEST_SHOWN else f"{part[:_LONGEST_SHOWN]}…"
                raise InputError(f"{shown!r} cannot be said; the model says {_listed(self.labels)}")
            found += whole
        if not found:
            raise InputError(f"nothing to say in {text[:_LONGEST_SHOWN]!r}; the model says {_listed(self.labels)}")
        return found

    def speaker_number(self, name: str) -> int:
        """A speaker's number. Raises InputError for an unknown one."""
        if name not in self.speakers:
            near = did_you_mean(name, self.speakers)
            raise InputError(f"no speaker {name!r}; the speakers are {_listed(self.speakers)}{near}")
        return self.speakers.index(name)


def _listed(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
