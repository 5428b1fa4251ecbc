"""Features of a token by itself: its word, word vector, characters and capitalisation."""

import html
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from mediakit.errors import ModelError
from mediakit.text.tokens import is_abbreviation_of_words

UNKNOWN = 0  # id of unknown words and of padding
PAD_CHARACTER, UNKNOWN_CHARACTER = 0, 1
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "--", "…": "..."})
# Latin letters that do not decompose into a letter of the alphabet and an accent.
_LETTERS = str.maketrans(
    {"Þ": "Th", "þ": "th", "Ð": "D", "ð": "d", "Đ": "D", "đ": "d", "Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Æ": "Ae", "æ": "ae"}
    | {"Œ": "Oe", "œ": "oe", "ß": "ss", "ı": "i", "Ə": "A", "ə": "a", "Ħ": "H", "ħ": "h", "Ŋ": "Ng", "ŋ": "ng", "ʻ": "'", "ʼ": "'"}
)
_DIGIT = re.compile(r"\d")
SHAPES = ("starts with a capital", "all capitals", "all lower case", "a capital inside", "a digit", "all digits", "no letter", "a hyphen")


def normalise_token(token: str) -> str:
    """A token in the spelling of the training texts: composed accents, plain quotation marks and dashes, no character references.

    An abbreviation of words, such as `Ph.D.`, is in small letters: its capitals are no sign of a name.
    """
    if "&" in token and ";" in token:
        token = html.unescape(token)
    if is_abbreviation_of_words(token):
        return token.lower()
    return token if token.isascii() else unicodedata.normalize("NFC", token).translate(_PLAIN)


def lookup_forms(token: str) -> tuple[str, str, str]:
    """The forms under which a token is looked up, in order: in lower case, then also with every digit as 0, then without accents."""
    lower = token.lower()
    zeros = _DIGIT.sub("0", lower)
    return lower, zeros, without_accents(zeros)


def without_accents(text: str) -> str:
    """A text with plain letters in place of accented ones and of those that only some languages have: `Þórður` is `Thordur`."""
    if text.isascii():
        return text
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)).translate(_LETTERS)


def all_forms(tokens: Iterable[str]) -> set[str]:
    """All forms under which any of these tokens is looked up."""
    return {form for token in set(tokens) for form in lookup_forms(normalise_token(token))}


def shape_of(token: str) -> list[bool]:
    """Whether a token has each of SHAPES."""
    letters = [char for char in token if char.isalpha()]
    return [
        token[:1].isupper(),
        bool(letters) and token.isupper(),
        bool(letters) and token.islower(),
        any(char.isupper() for char in token[1:]),
        any(char.isdigit() for char in token),
        token.isdigit(),
        not letters,
        "-" in token[1:-1],
    ]


@dataclass(frozen=True)
class TokenFeatures:
    """Features of tokens.

    words: word ids int32 `[tokens]`, 0 for words without weights of their own.
    vectors: word vectors float32 `[tokens, dimensions]`, zeros where there is none.
    characters: character ids int32 `[tokens, length]`.
    shapes: capitalisation float32 `[tokens, shapes]`.
    """

    words: np.ndarray
    vectors: np.ndarray
    characters: np.ndarray
    shapes: np.ndarray


class QuantizedVectors:
    """Vectors quantized to a few bits per number; each number is the nearest of 2^bits levels.

    For normally distributed numbers, two bits with optimal levels (Max 1960, table 1; Lloyd 1982) preserve 88 % of the variance
    and four bits 99 %, in a sixteenth and an eighth of the size of float32.

    Args:
        codes: uint8 `[vectors, bytes]`, packed level indices, the first in the highest bits.
        levels: float32 `[2^bits]`, increasing.
        scale, offset: float32 `[dimensions]`; a number is `levels[code] * scale + offset`.

    Raises ModelError when the arrays' shapes do not match.
    """

    def __init__(self, codes: np.ndarray, levels: np.ndarray, scale: np.ndarray, offset: np.ndarray):
        self.codes, self.levels, self.scale, self.offset = codes, levels, scale, offset
        bits = int(np.log2(len(levels)))
        self.dimensions = len(scale)
        if 2**bits != len(levels) or 8 % bits or codes.dtype != np.uint8 or codes.shape[1] != -(-self.dimensions * bits // 8):
            raise ModelError(f"codes {codes.dtype} {list(codes.shape)} do not match {len(levels)} levels and {self.dimensions} dimensions")
        # All levels in a byte, for every byte.
        shifts = np.arange(8 - bits, -1, -bits)
        self._unpacked = levels[(np.arange(256)[:, None] >> shifts) & (2**bits - 1)].astype(np.float32)

    @classmethod
    def of(cls, vectors: np.ndarray, bits: int = 2) -> "QuantizedVectors":
        """Quantize float32 `[vectors, dimensions]` to 1, 2, 4 or 8 bits per number.

        Vectors are first scaled to the same length, at which a number's mean square is 1/4. That is about the length of GloVe's
        common words, and makes rare words, which happen to be shorter, as long.
        """
        length = np.linalg.norm(vectors, axis=1, keepdims=True) * 2 / np.sqrt(vectors.shape[1])
        vectors = vectors / np.maximum(length, 1e-9)
        offset, scale = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), 1e-9)
        normal = (vectors - offset) / scale
        levels = _best_levels(normal.ravel()[:: max(1, normal.size // 200_000)], 2**bits)
        numbers = np.searchsorted((levels[1:] + levels[:-1]) / 2, normal).astype(np.uint8)
        per_byte = 8 // bits
        numbers = np.pad(numbers, ((0, 0), (0, -numbers.shape[1] % per_byte))).reshape(len(vectors), -1, per_byte)
        codes = np.bitwise_or.reduce(numbers << np.arange(8 - bits, -1, -bits, dtype=np.uint8), axis=2)
        return cls(codes.astype(np.uint8), levels.astype(np.float32), scale.astype(np.float32), offset.astype(np.float32))

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The dequantized vectors of these rows, float32 `[rows, dimensions]`."""
        numbers = self._unpacked[self.codes[rows]].reshape(len(rows), self.codes.shape[1] * self._unpacked.shape[1])[:, : self.dimensions]
        return numbers * self.scale + self.offset

    def __len__(self) -> int:
        return len(self.codes)


def _best_levels(sample: np.ndarray, count: int) -> np.ndarray:
    """The levels with the least squared error on a sample, by Lloyd's algorithm starting from quantiles."""
    levels = np.quantile(sample, (np.arange(count) + 0.5) / count)
    for _ in range(30):
        nearest = np.searchsorted((levels[1:] + levels[:-1]) / 2, sample)
        members = np.bincount(nearest, minlength=count)
        means = np.bincount(nearest, sample, count) / np.maximum(members, 1)
        levels = np.sort(np.where(members > 0, means, levels))
    return levels


class WordFeatures:
    """Converts tokens to features. It can be pickled.

    Args:
        words: all known words in the order of their ids, which start at 1; those without a vector come first.
        tuned: words with an id up to this one have weights of their own in the network.
        characters: all known characters in the order of their ids, which start at 2.
        vectors: the vectors of the last words; None when there are none.

    Raises ModelError when the numbers of words and vectors do not match.
    """

    def __init__(self, words: Sequence[str], tuned: int, characters: str, vectors: QuantizedVectors | None):
        self.words, self.tuned, self.characters, self.vectors = tuple(words), tuned, characters, vectors
        self.dimensions = vectors.dimensions if vectors else 0
        self._without_vector = len(self.words) - (len(vectors) if vectors else 0)
        if self._without_vector < 0 or not self._without_vector <= tuned <= len(self.words):
            raise ModelError(f"{len(self.words)} words, {tuned} of them tuned, do not match {len(vectors) if vectors else 0} vectors")
        self._numbers = {word: i for i, word in enumerate(self.words, 1)}
        self._characters = {char: i for i, char in enumerate(characters, UNKNOWN_CHARACTER + 1)}

    @classmethod
    def learn(cls, tokens: Iterable[str], vectors: Mapping[str, np.ndarray] | None = None, min_count: int = 2, bits: int = 2) -> Self:
        """Learn from training tokens.

        Words seen at least `min_count` times are tuned, and characters seen as often are known. All words with a vector are
        known too, in the order of `vectors`.
        """
        vectors = vectors or {}
        seen: Counter[str] = Counter()
        characters: Counter[str] = Counter()
        for token, count in Counter(tokens).items():
            plain = normalise_token(token)
            characters.update(dict.fromkeys(plain, count))
            lower, zeros, _ = lookup_forms(plain)  # without its accents, it may be another word, so that form is not learned
            seen[lower if lower in vectors else zeros] += count
        tuned = sorted((word for word, count in seen.items() if count >= min_count), key=lambda word: (word in vectors, -seen[word], word))
        taken = frozenset(tuned)
        words = [*tuned, *(word for word in vectors if word not in taken)]
        known = [vectors[word] for word in words if word in vectors]
        kept = "".join(sorted(char for char, count in characters.items() if count >= min_count))
        return cls(words, len(tuned), kept, QuantizedVectors.of(np.stack(known), bits) if known else None)

    def word_id(self, token: str) -> int:
        """The id of the first of a token's `lookup_forms` that is known; UNKNOWN if none is."""
        return next((self._numbers[form] for form in lookup_forms(self._normalised(token)) if form in self._numbers), UNKNOWN)

    def _normalised(self, token: str) -> str:
        # WNUT-17 has references such as &amp; for tokens, so a model may know them as they are.
        return token if "&" in token and token in self._numbers else normalise_token(token)

    def _spelled(self, token: str) -> str:
        """A token with plain letters in place of those that training has not seen, which all look alike to the network."""
        if token.isascii():
            return token
        return "".join(char if char in self._characters else without_accents(char) for char in token)

    def learned(self, token: str) -> bool:
        """Whether a token's word has weights of its own, because training saw it often enough."""
        return UNKNOWN < self.word_id(token) <= self.tuned

    def encode(self, tokens: Sequence[str], length: int) -> TokenFeatures:
        """Features of tokens. A token of more than `length` characters loses its middle."""
        numbers = np.fromiter((self.word_id(token) for token in tokens), np.int64, len(tokens))
        vectors = np.zeros((len(tokens), self.dimensions), np.float32)
        if self.vectors:
            has = numbers > self._without_vector
            vectors[has] = self.vectors[numbers[has] - self._without_vector - 1]
        characters = np.full((len(tokens), length), PAD_CHARACTER, np.int32)
        shapes = np.zeros((len(tokens), len(SHAPES)), np.float32)
        for i, token in enumerate(tokens):
            plain = self._spelled(self._normalised(token))
            shapes[i] = shape_of(plain)
            if len(plain) > length:
                plain = plain[: length - length // 2] + plain[len(plain) - length // 2 :]
            characters[i, : len(plain)] = [self._characters.get(char, UNKNOWN_CHARACTER) for char in plain]
        return TokenFeatures(np.where(numbers <= self.tuned, numbers, UNKNOWN).astype(np.int32), vectors, characters, shapes)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file written by `write`. Raises ModelError when it is not one."""
        try:
            with np.load(path) as arrays:
                words, characters = (arrays[name].tobytes().decode() for name in ("words", "characters"))
                names = ("codes", "levels", "scale", "offset")
                vectors = QuantizedVectors(*(arrays[name] for name in names)) if "codes" in arrays else None
                return cls(words.split("\n") if words else [], int(arrays["tuned"]), characters, vectors)
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error, ModelError) as error:
            raise ModelError(f"{path}: not word features: {error}") from error

    def write(self, path: Path) -> None:
        """Write an `.npz` file."""
        arrays: dict[str, Any] = {name: np.frombuffer(text.encode(), np.uint8) for name, text in self._texts().items()}
        if self.vectors:
            arrays |= {name: getattr(self.vectors, name) for name in ("codes", "levels", "scale", "offset")}
        np.savez_compressed(path, tuned=np.int64(self.tuned), **arrays)

    def _texts(self) -> dict[str, str]:
        return {"words": "\n".join(self.words), "characters": self.characters}
