"""Word vocabularies."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from mediakit.errors import ModelError

SPECIALS = ("<pad>", "<start>", "<end>", "<unknown>")
PAD, START, END, UNKNOWN = range(4)

# "man 's" is two words, as in the Penn Treebank and Flickr8k's captions; "t-shirt" is one.
_WORD = re.compile(r"'?[a-z0-9]+(?:[-'][a-z0-9]+)*")


def tokenize(text: str) -> list[str]:
    """The lower-case words of an English text, without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


class Vocabulary:
    """A fixed list of words. Ids 0 to 3 are padding, start, end and the unknown word.

    Args:
        words: all words in the order of their ids, starting with the four special ones. Raises ModelError otherwise.
    """

    def __init__(self, words: Sequence[str]):
        if tuple(words[:4]) != SPECIALS:
            raise ModelError(f"a vocabulary must begin with {', '.join(SPECIALS)}, not {', '.join(words[:4])}")
        self.words = tuple(words)
        self._ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def build(cls, texts: Iterable[str], min_count: int = 1, known: "Vocabulary | None" = None) -> "Vocabulary":
        """The words that occur at least `min_count` times, most frequent first, ties in alphabetical order.

        They come after those of `known`, whose ids stay.
        """
        first = known.words if known else SPECIALS
        counts = Counter(word for text in texts for word in tokenize(text))
        new = {word for word, count in counts.items() if count >= min_count} - set(first)
        return cls([*first, *sorted(new, key=lambda word: (-counts[word], word))])

    @classmethod
    def read(cls, path: Path) -> "Vocabulary":
        """Read a file with one word per line. Raises ModelError when it is not a vocabulary."""
        try:
            return cls(path.read_text(encoding="utf-8").split("\n")[:-1])
        except (OSError, UnicodeDecodeError, ModelError) as error:
            raise ModelError(f"{path}: not a vocabulary: {error}") from error

    def write(self, path: Path) -> None:
        """Write one word per line, including the special ones."""
        path.write_text("".join(f"{word}\n" for word in self.words), encoding="utf-8")

    def encode(self, text: str) -> list[int]:
        """The ids of a text's words, without start and end."""
        return [self._ids.get(word, UNKNOWN) for word in tokenize(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The words joined by spaces, except that an apostrophe attaches to the word before ("man 's" becomes "man's")."""
        return " ".join(self.words[i] for i in ids).replace(" '", "'")

    def __len__(self) -> int:
        return len(self.words)
