"""Text that a command is given: in its arguments, in files, on standard input. Bad bytes are named, memory stays bounded."""

import codecs
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import click

from mediakit.errors import InputError

MAX_LINE = 1_000_000  # characters; a longer one is no sentence, and has to be held at once
STANDARD_INPUT = "-"
_PART = 1 << 16  # bytes read at once
# An argument without white space that ends so is meant as a file's name, be the file there or not.
_TEXT = (".txt", ".text", ".md", ".rst", ".tex", ".csv", ".tsv", ".json", ".jsonl", ".yaml", ".html", ".xml", ".po", ".conll", ".log")
SUFFIXES = (*_TEXT, ".iob", ".srt", ".vtt", ".ass", ".ssa", ".sub", ".pdf", ".doc", ".docx", ".odt", ".rtf")


@dataclass(frozen=True)
class TextSource:
    """One text: an argument's own (`text`), a file's, or that of standard input (`name` is `-`).

    What is wrong with it is raised where it is read, so that the other texts of a command are done all the same.
    """

    name: str
    text: str | None = None

    def parts(self) -> Iterator[str]:
        """The whole text, line ends and all, in parts of at most 64 KiB.

        Raises InputError for a file that is absent or cannot be read, for bytes that are not UTF-8 (with their offset) and for
        a zero byte, which no text has.
        """
        if self.text is not None:
            yield _checked(self.text)
        elif self.name == STANDARD_INPUT:
            if sys.stdin is None:
                raise InputError("standard input is closed")
            yield from _decoded("standard input", cast(BufferedIOBase, sys.stdin.buffer))
        else:
            try:
                with open(self.name, "rb") as file:
                    yield from _decoded(self.name, file)
            except OSError as error:
                what = {FileNotFoundError: "no such file", IsADirectoryError: "is a folder; name the files in it"}
                raise InputError(f"{self.name}: {what.get(type(error), error.strerror)}") from error

    def lines(self) -> Iterator[str]:
        """The lines without their ends (LF or CRLF) and without a byte order mark; the last one may have no end.

        Raises InputError as `parts` does, and for a line of more than MAX_LINE characters.
        """
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[str]]:
        """The lines as `lines` gives them, in lists of those that came together: at most a part's, fewer from a slow pipe, whose
        reader should not wait for more."""
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


def text_sources(arguments: Sequence[str]) -> list[TextSource]:
    """What a command's arguments mean, in their order: `-` is standard input, the name of a file that is there (or that looks
    like a file's name) is that file, all else is text. No arguments mean standard input, unless that is a terminal."""
    if not arguments:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("Missing text: give it as an argument, in a file, or on standard input.")
        arguments = [STANDARD_INPUT]
    if list(arguments).count(STANDARD_INPUT) > 1:
        raise click.UsageError("- (standard input) can be given once")
    return [_source(argument) for argument in arguments]


def _source(argument: str) -> TextSource:
    if argument == STANDARD_INPUT or _is_file_name(argument):
        return TextSource(argument)
    return TextSource(argument, argument)


def _is_file_name(argument: str) -> bool:
    try:
        there = Path(argument).exists()
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it
        return False
    looks_so = argument.lower().endswith(SUFFIXES) or argument.startswith(("./", "../", "/", "~/"))
    return (there and bool(argument)) or (looks_so and not any(character.isspace() for character in argument))


def _checked(text: str) -> str:
    if not text.strip():
        raise InputError("the text is empty")
    try:
        return os.fsencode(text).decode()  # where the locale is not UTF-8 Python has bytes of it in hiding
    except UnicodeDecodeError as error:
        raise InputError(f"the text is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}") from error


def _line(pieces: list[str], number: int) -> str:
    line = "".join(pieces).removesuffix("\r")
    return line.removeprefix("\ufeff") if number == 1 else line


def _decoded(name: str, file: BufferedIOBase) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    # A pipe gives what is there already; reading on to a full part would keep its reader waiting.
    place = 0
    while True:
        content = file.read1(_PART)
        waiting = len(decoder.getstate()[0])
        if b"\0" in content:
            raise InputError(f"{name}: is not text: byte {place + content.index(0)} is zero")
        try:
            text = decoder.decode(content, final=not content)
        except UnicodeDecodeError as error:
            bad, value = place - waiting + error.start, error.object[error.start]
            raise InputError(f"{name}: is not UTF-8: byte {bad} is 0x{value:02x}; convert it, with iconv say") from error
        place += len(content)
        if text:
            yield text
        if not content:
            return
