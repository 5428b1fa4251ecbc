"""GNU gettext catalogs (.po): a program's English messages and their translations.

Fuzzy, obsolete and untranslated entries are skipped. An entry with plurals yields the singular and the first plural.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mediakit.datasets.parallel_text import read_lines
from mediakit.errors import DataError

_KEYWORD = re.compile(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)\s+"(.*)"\s*')
_CONTINUED = re.compile(r'"(.*)"\s*')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_LANGUAGE = re.compile(r"^Language:\s*([A-Za-z]+)", re.MULTILINE)
_MNEMONIC = re.compile(r"[_&](?=\w)")  # marks the letter of a keyboard shortcut


def read(file: Path, source: str, target: str) -> Iterator[tuple[str, str]]:
    """Messages and their translations, where `source` or `target` is English.

    Raises DataError when the file is malformed, or when its header names another language.
    """
    language = target if source == "en" else source
    for entry in _entries(file):
        if not entry.get("msgid"):
            stated = _LANGUAGE.search(entry.get("msgstr", ""))
            if stated and stated.group(1).lower() != language:
                raise DataError(f"{file}: its language is {stated.group(1)}; expected {language}")
            continue
        for one, other in (("msgid", "msgstr"), ("msgid", "msgstr[0]"), ("msgid_plural", "msgstr[1]")):
            english, translation = _without_mnemonic(entry.get(one, ""), entry.get(other, ""))
            if english and translation:
                yield (english, translation) if source == "en" else (translation, english)


def _entries(file: Path) -> Iterator[dict[str, str]]:
    """Entries that are neither fuzzy nor obsolete, as texts by keyword."""
    for comments, lines in _blocks(read_lines(file)):
        entry: dict[str, str] = {}
        keyword = ""
        for number, line in lines:
            if found := _KEYWORD.fullmatch(line):
                keyword, text = found.groups()
            elif (found := _CONTINUED.fullmatch(line)) and keyword:
                text = entry[keyword] + found.group(1)
            else:
                raise DataError(f"{file}: line {number} is neither a keyword with a quoted text nor a continued text")
            entry[keyword] = text
        if not any(comment.startswith("#,") and "fuzzy" in comment for comment in comments):
            yield {keyword: _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[1]), text) for keyword, text in entry.items()}


def _blocks(lines: Iterable[str]) -> Iterator[tuple[list[str], list[tuple[int, str]]]]:
    """Each entry's comments, and its other lines with their numbers. A comment or a new message starts an entry."""
    comments: list[str] = []
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        begins = line.startswith(("#", "msgctxt")) or (line.startswith("msgid ") and _has_message(block))
        if block and (not line or begins):
            yield comments, block
            comments, block = [], []
        if line.startswith("#"):
            comments.append(line)
        elif line:
            block.append((number, line))
    if block:
        yield comments, block


def _has_message(block: list[tuple[int, str]]) -> bool:
    return any(line.startswith("msgid ") for _, line in block)


def _without_mnemonic(*texts: str) -> tuple[str, ...]:
    """Texts with single spaces, without the mark of a keyboard shortcut if each text has one."""
    texts = tuple(" ".join(text.split()) for text in texts)
    if all(len(_MNEMONIC.findall(text)) == 1 for text in texts):
        texts = tuple(_MNEMONIC.sub("", text) for text in texts)
    return texts
