"""Words and their numbers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from mediakit.errors import ModelError

SPECIALS = ("<pad>", "<start>", "<end>", "<unknown>")
PAD, START, END, UNKNOWN = range(4)

# "man 's" is two words, as the Penn Treebank and Flickr8k's captions have it; "t-shirt" is one.
_WORD = re.compile(r"'?[a-z0-9]+(?:[-'][a-z0-9]+)*")


def tokenize(text: str) -> list[str]:
    """Lower-case words of an English text; punctuation is dropped."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


class Vocabulary:
    """A fixed list of words; ids 0 to 3 are padding, start, end and the unknown word.

    Args:
        words: every word in the order of its id, the four special ones first.
    """

    def __init__(self, words: Sequence[str]):
        if tuple(words[:4]) != SPECIALS:
            raise ModelError(f"a vocabulary begins with {', '.join(SPECIALS)}, not {', '.join(words[:4])}")
        self.words = tuple(words)
        self._ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def build(cls, texts: Iterable[str], min_count: int = 1) -> "Vocabulary":
        """The words that occur at least `min_count` times, the most frequent first, equals in alphabetical order."""
        counts = Counter(word for text in texts for word in tokenize(text))
        kept = sorted((word for word, count in counts.items() if count >= min_count), key=lambda word: (-counts[word], word))
        return cls([*SPECIALS, *kept])

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """A vocabulary from a file with one word a line. Raises ModelError when the file cannot be one."""
        try:
            return cls(path.read_text(encoding="utf-8").split("\n")[:-1])
        except (OSError, UnicodeDecodeError, ModelError) as error:
            raise ModelError(f"{path}: not a vocabulary: {error}") from error

    def write(self, path: Path) -> None:
        """Write one word a line, the special ones included."""
        path.write_text("".join(f"{word}\n" for word in self.words), encoding="utf-8")

    def encode(self, text: str) -> list[int]:
        """Ids of a text's words, without start and end."""
        return [self._ids.get(word, UNKNOWN) for word in tokenize(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """Words joined by spaces; a word that begins with an apostrophe joins the one before ("man 's" to "man's")."""
        return " ".join(self.words[i] for i in ids).replace(" '", "'")

    def __len__(self) -> int:
        return len(self.words)
