"""Documents in, the same documents in another language out: subtitles, web pages, catalogues of messages, plain text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from mediakit.errors import InputError, MediakitError
from mediakit.runtime.model_folder import ModelFolder
from mediakit.runtime.pipeline import Pipeline
from mediakit.runtime.results import Result
from mediakit.runtime.service import NamedFile
from mediakit.tasks.translation import documents
from mediakit.tasks.translation.documents.document import Document, Segment, Span
from mediakit.tasks.translation.pipeline import Translation, Translator

AT_ONCE = 200  # texts, of which those of similar length share a search
TEXT = "text"  # the format of plain text


@dataclass(frozen=True, repr=False)
class TranslatedDocument(Result):
    """A document in another language.

    Attributes:
        name: for the file: that of the document with the language before its ending.
        format: what people call its format.
        text: the whole of it.
        lines: the texts that were translated, with their translations, in order.
        left: how many of them were left as they were.
        notes: what had to be repaired to read it.
    """

    name: str
    format: str
    text: str
    lines: tuple[Translation, ...]
    left: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON: `name`, `format`, `lines` and `left` as numbers, `notes`, `text`."""
        return {
            "name": self.name,
            "format": self.format,
            "lines": len(self.lines),
            "left": self.left,
            "notes": list(self.notes),
            "text": self.text,
        }


def load(folder: ModelFolder, *, threads: int | None = None) -> "DocumentTranslator":
    """The pipeline for documents of a translation model folder."""
    return DocumentTranslator(folder, threads)


class DocumentTranslator(Pipeline[NamedFile, TranslatedDocument]):
    """Translates documents in place: times, styles, keys and markup stay.

    Args:
        folder: an opened model folder of the task translation.
        threads: how many documents are translated side by side; by default one per processor, at most four.
    """

    columns = ("name", "format", "lines", "left", "notes", "text")

    def __init__(self, folder: ModelFolder, threads: int | None = None):
        super().__init__(folder, threads)
        self._translator = Translator(folder, threads)
        self._target = str(folder.manifest["config"].get("target", ""))

    def stream(
        self,
        files: Iterable[NamedFile | MediakitError],
        *,
        file_format: str | None = None,
        min_score: float = 0.0,
        beam: int | None = None,
        watch: Callable[[int, float], None] | None = None,
    ) -> Iterator[tuple[NamedFile | MediakitError, TranslatedDocument | MediakitError]]:
        """Yield each file with the translated document or its error, in order.

        Args:
            files: an error among them is yielded in its place.
            file_format: a key of `documents.FORMATS`, or `text` for plain text; by default by a file's content and the ending of its name.
            min_score: leave a text as it is if its translation is usable with a lower probability.
            beam: width of the beam search, 1 for greedy; by default the model's own.
            watch: called with a file's place in the stream and the fraction of it that is done.

        Raises InputError for options out of range.
        """
        if file_format not in (None, TEXT, *documents.FORMATS):
            raise InputError(f"file_format is {file_format!r}; the formats are {', '.join((TEXT, *documents.FORMATS))}")

        def translate(index: int, file: NamedFile) -> TranslatedDocument:
            known = _format(file, file_format)
            document = documents.read(file.content, file.name, known) if known else _plain(file)
            lines: list[Translation] = []
            texts = document.texts
            for start in range(0, len(texts), AT_ONCE):
                if watch:
                    watch(index, start / len(texts))
                lines += (one.at_least(min_score) for one in self._translator(texts[start : start + AT_ONCE], beam=beam))
            text = "".join(document.written(one.text for one in lines))
            left, form = sum(one.left for one in lines), known.name if known else "plain text"
            return TranslatedDocument(self._name(file.name), form, text, tuple(lines), left, document.notes)

        return self._one_by_one(files, translate)

    def _name(self, name: str) -> str:
        """The name of a translated file: film.de.srt for film.srt."""
        path = PurePath(name or "document.txt")
        return f"{path.stem}.{self._target}{path.suffix}" if self._target else path.name


def _format(file: NamedFile, key: str | None) -> documents.Format | None:
    """The format of a file, None for plain text: the one asked for, or that of its content, or the one that its name promises."""
    if key:
        return documents.FORMATS.get(key)
    return documents.by_content(file.content[: documents.BEGINNING]) or documents.by_name(file.name)


def _plain(file: NamedFile) -> Document:
    """A text as a document of its lines."""
    text, notes = documents.decode(file.content, file.name, None)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    segments, start = [], 0
    for line in text.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        if content.strip():
            segments.append(Segment((Span(start, start + len(content), content),)))
        start += len(line)
    return Document(text, tuple(segments), notes, mark)
