"""Subwords by a SentencePiece model (Kudo and Richardson 2018)."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mediakit.errors import DataError, ModelError
from mediakit.text.vocabulary import END, PAD, START, UNKNOWN

# Characters of a private use area that stand for text to be copied: a name, a number, an address. A vocabulary that has them
# keeps each of them whole.
PLACEHOLDERS = tuple(map(chr, range(0xE000, 0xE008)))


class Subwords:
    """A SentencePiece model, which converts text to ids and back. It can be pickled and shared by threads.

    `pad`, `start`, `end` and `unknown` are the ids of the special pieces.

    Args:
        model: the contents of a `.model` file.

    Raises ModelError when the contents are not a model, or when it lacks a special piece.
    """

    def __init__(self, model: bytes):
        # Imported here, so that commands without subwords need not wait for it.
        from sentencepiece import SentencePieceProcessor

        self.model = model
        try:
            if not model:
                raise ValueError("it is empty")
            self._processor = SentencePieceProcessor(model_proto=model)
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"not a SentencePiece model: {str(error).partition(chr(10))[0]}") from error
        special = {"padding": "pad_id", "start": "bos_id", "end": "eos_id", "unknown": "unk_id"}
        ids = {name: getattr(self._processor, method)() for name, method in special.items()}
        absent = [name for name, number in ids.items() if number < 0]
        if absent:
            raise ModelError(f"the SentencePiece model lacks the pieces {', '.join(absent)}; train it with all of {', '.join(special)}")
        self.pad, self.start, self.end, self.unknown = ids.values()

    @classmethod
    def read(cls, path: Path) -> "Subwords":
        """Read a `.model` file. Raises ModelError when it cannot be read or is not a model."""
        try:
            return cls(Path(path).read_bytes())
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error

    def write(self, path: Path) -> None:
        """Write the `.model` file."""
        path.write_bytes(self.model)

    def encode(self, text: str) -> list[int]:
        """The ids of a text's subwords, without start and end."""
        return self._processor.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of subword ids; special pieces are skipped."""
        special = {self.pad, self.start, self.end}
        return self._processor.decode([int(i) for i in ids if i not in special])

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """Each subword as the model spells it, with `▁` before a word."""
        return [self._processor.id_to_piece(int(i)) for i in ids]

    def log_probabilities(self, ids: Iterable[int]) -> list[float]:
        """The log-probability of each subword by itself; 0 for special pieces (unigram models only)."""
        return [self._processor.get_score(int(i)) for i in ids]

    def words(self, text: str) -> list[str]:
        """The text's words, normalised as in `encode`. No subword crosses a word boundary, so their subwords are the text's."""
        return self._processor.normalize(text).replace("▁", " ").split()

    def segmentations(self, word: str, count: int) -> list[tuple[list[int], float]]:
        """Up to `count` segmentations of a word, most probable first, with their log-probabilities (unigram models only)."""
        score = self._processor.get_score
        return [(ids, sum(score(i) for i in ids)) for ids in self._processor.nbest_encode_as_ids(word, count)]

    def __len__(self) -> int:
        return self._processor.get_piece_size()

    def __reduce__(self) -> Any:
        return type(self), (self.model,)


def learn(size: int, texts: Iterable[tuple[str, float]], normalization: str) -> Subwords:
    """A unigram model (Kudo 2018) of at most `size` pieces. The same texts and weights give the same model.

    Digits are pieces of their own, and so are the placeholders; very rare characters have none.

    Args:
        texts: each with its weight: how often it counts, rounded, at least once.
        normalization: SentencePiece's rule, such as "nmt_nfkc" or "identity".

    Raises DataError when there is too little text.
    """
    from sentencepiece import SentencePieceTrainer

    model = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=(text for text, weight in texts for _ in range(max(1, round(weight)))),
            model_writer=model,
            vocab_size=size,
            hard_vocab_limit=False,  # few texts have fewer pieces
            model_type="unigram",
            normalization_rule_name=normalization,
            character_coverage=0.9999,
            split_digits=True,
            user_defined_symbols=list(PLACEHOLDERS),
            num_threads=1,  # sums in one order
            minloglevel=2,
            pad_id=PAD,
            bos_id=START,
            eos_id=END,
            unk_id=UNKNOWN,
        )
    except RuntimeError as error:
        raise DataError(f"too little text to learn subwords from: {error}") from error
    return Subwords(model.getvalue())
