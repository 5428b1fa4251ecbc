"""Text from arguments, files and standard input. Invalid bytes are reported with their offset; memory stays bounded."""

import codecs
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import click

from mediakit.console.path_input import STANDARD_INPUT, near_file
from mediakit.errors import InputError

MAX_LINE = 1_000_000  # characters; a longer line is not a sentence, and must be held in memory at once
_PART = 1 << 16  # bytes read at once
# An argument without white space that has one of these endings names a file, even if there is no such file.
_PLAIN = (".txt", ".text", ".rst", ".tex", ".csv", ".tsv", ".jsonl", ".yaml", ".xml", ".conll", ".iob", ".log")
_DOCUMENTS = (".srt", ".vtt", ".ass", ".ssa", ".sub", ".md", ".markdown", ".html", ".htm", ".json", ".po", ".pot")
IN_FOLDERS = (".txt", ".text", ".md")  # the files that a folder stands for
SUFFIXES = (*_PLAIN, *_DOCUMENTS, ".properties", ".xlf", ".xliff", ".pdf", ".doc", ".docx", ".odt", ".rtf")


@dataclass(frozen=True)
class TextSource:
    """One text: an argument (`text`), a file, or standard input (`name` is `-`).

    Errors are raised where it is read, so that a command can go on with its other texts.
    """

    name: str
    text: str | None = None

    def parts(self) -> Iterator[str]:
        """The whole text, including line ends, in parts of at most 64 KiB.

        Raises InputError for a file that is missing or cannot be read, for bytes that are not UTF-8 (with their offset), for a
        zero byte, and for an argument or a standard input that is empty.
        """
        if self.text is not None:
            yield _checked(self.text)
        else:
            with self._opened() as file:
                empty = True
                for part in _decoded(self._called, file):
                    yield part
                    empty = False
            self._check_empty(empty)

    def content(self, most: int = -1) -> bytes:
        """The bytes as they are, of a file at most so many of its first. Raises InputError if it is missing or cannot be read."""
        if self.text is not None:
            return _checked(self.text).encode()
        with self._opened() as file:
            content = file.read(most)
        self._check_empty(not content)
        return content

    def _check_empty(self, empty: bool) -> None:
        """Refuse an empty standard input, as an empty argument: more likely a command before it failed. An empty file is fine."""
        if empty and self.name == STANDARD_INPUT:
            raise InputError("standard input is empty")

    @contextmanager
    def _opened(self) -> Iterator[BufferedIOBase]:
        if self.name == STANDARD_INPUT:
            if sys.stdin is None:
                raise InputError("standard input is closed")
            yield cast(BufferedIOBase, sys.stdin.buffer)
            return
        try:
            with open(self.name, "rb") as file:
                yield cast(BufferedIOBase, file)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                as_text = "" if _has_form_of_file_name(self.name) else "; if it is text, give it on standard input"
                raise InputError(f"{self.name}: no such file{as_text}{near_file(self.name)}") from error
            folder = f"is a folder without text files ({', '.join(IN_FOLDERS)}); name the files in it"
            why = folder if isinstance(error, IsADirectoryError) else error.strerror
            raise InputError(f"{self.name}: {why}") from error

    def lines(self) -> Iterator[str]:
        """The lines without their ends (LF or CRLF) and without a byte order mark.

        Raises InputError as `parts` does, and for a line of more than MAX_LINE characters.
        """
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[str]]:
        """The lines as `lines` gives them, in lists of those that arrived together, so that a slow pipe is answered at once."""
        waiting, number = [""], 1
        for part in self.parts():
            first, *others = part.split("\n")
            waiting.append(first)
            batch = []
            for line in others:
                batch.append(_line(waiting, number))
                waiting, number = [line], number + 1
            if batch:
                yield batch
            if sum(map(len, waiting)) > MAX_LINE:
                raise InputError(f"{self._called}: line {number} has more than {MAX_LINE:,} characters; break it into lines")
        last = _line(waiting, number)
        if last:
            yield [last]

    @property
    def _called(self) -> str:
        return "standard input" if self.name == STANDARD_INPUT else self.name


def text_sources(arguments: Sequence[str], recursive: bool | None = None) -> list[TextSource]:
    """The texts that a command's arguments name, in order.

    `-` is standard input. An argument that is, or looks like, a file's name is that file. Anything else is text. No arguments
    mean standard input. Raises a usage error if that is a terminal or is given twice.

    Args:
        recursive: whether a folder stands for the text files in its subfolders too; with None, a folder is an error when read.
    """
    if not arguments:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("Missing text: give it as an argument, in a file, or on standard input.")
        arguments = [STANDARD_INPUT]
    if list(arguments).count(STANDARD_INPUT) > 1:
        raise click.UsageError("- (standard input) can be given once")
    if recursive is None:
        return [_source(argument) for argument in arguments]
    return [source for argument in arguments for source in _in_folder(argument, recursive) or [_source(argument)]]


def _in_folder(argument: str, recursive: bool) -> list[TextSource]:
    """The text files in a folder, in order; none for an argument that is no folder or for a folder without texts."""
    from mediakit.media.photo_files import is_hidden

    found: list[TextSource] = []
    if argument == STANDARD_INPUT or not _is_file_name(argument):
        return found
    for folder, folders, names in os.walk(argument):
        folders[:] = sorted(name for name in folders if recursive and not is_hidden(name))
        texts = sorted(name for name in names if name.lower().endswith(IN_FOLDERS) and not is_hidden(name))
        found += [TextSource(os.path.join(folder, name)) for name in texts]
    return found


def _source(argument: str) -> TextSource:
    if argument == STANDARD_INPUT or _is_file_name(argument):
        return TextSource(argument)
    return TextSource(argument, argument)


def _is_file_name(argument: str) -> bool:
    try:
        there = Path(argument).exists()
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False
    if there or any(character.isspace() for character in argument):
        return there and bool(argument)
    return _has_form_of_file_name(argument) or _is_misspelt_file_name(argument)


def _has_form_of_file_name(argument: str) -> bool:
    return argument.lower().endswith(SUFFIXES) or argument.startswith(("./", "../", "/", "~/"))


def _is_misspelt_file_name(argument: str) -> bool:
    """Whether an argument is nearly the name of a file that exists, or nearly has the ending of a text file: `film.sr`."""
    stem, dot, ending = argument.rpartition(".")
    if not (stem and dot and ending.isalnum()):
        return False
    near_ending = any(_is_one_edit_away(f".{ending.lower()}", suffix) for suffix in SUFFIXES if len(suffix) > 3)
    return near_ending or bool(near_file(argument))


def _is_one_edit_away(word: str, known: str) -> bool:
    """Whether one letter inserted, deleted or replaced, or two neighbours swapped, makes `word` the known one."""
    if len(word) == len(known):
        differing = [i for i in range(len(word)) if word[i] != known[i]]
        swapped = len(differing) == 2 and differing[1] == differing[0] + 1 and sorted(word) == sorted(known)
        return len(differing) == 1 or swapped
    short, long = sorted((word, known), key=len)
    return len(long) == len(short) + 1 and any(short == long[:i] + long[i + 1 :] for i in range(len(long)))


def _checked(text: str) -> str:
    if not text.strip():
        raise InputError("the text is empty")
    try:
        return os.fsencode(text).decode()  # where the locale is not UTF-8, bytes are hidden as surrogates
    except UnicodeDecodeError as error:
        raise InputError(f"the text is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from error


def _line(pieces: list[str], number: int) -> str:
    line = "".join(pieces).removesuffix("\r")
    return line.removeprefix("\ufeff") if number == 1 else line


def _decoded(name: str, file: BufferedIOBase) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    place = 0  # bytes
    while True:
        content = file.read1(_PART)  # of a pipe what is there; waiting for a full part would delay the answer
        waiting = len(decoder.getstate()[0])
        if b"\0" in content:
            raise InputError(f"{name}: is not text: byte {place + content.index(0)} is zero")
        try:
            text = decoder.decode(content, final=not content)
        except UnicodeDecodeError as error:
            bad, value = place - waiting + error.start, error.object[error.start]
            raise InputError(f"{name}: is not UTF-8: byte {bad} is 0x{value:02x}; convert it, for example with iconv") from error
        place += len(content)
        if text:
            yield text
        if not content:
            return
