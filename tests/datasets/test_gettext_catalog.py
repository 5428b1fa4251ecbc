import pytest

from mediakit.datasets import gettext_catalog, parallel_text
from mediakit.errors import DataError

CATALOG = r"""
# A translator's name
msgid ""
msgstr ""
"Language: de\n"
"Content-Type: text/plain; charset=UTF-8\n"

#: main.c:7
msgid "_Open file"
msgstr "Datei ö_ffnen"

#, fuzzy
msgid "Close"
msgstr "Schliessen?"

msgid "Not translated"
msgstr ""
msgctxt "noun"
msgid "Say \"yes\""
msgstr ""
"Sag \"ja\"\n"
"oder nein"
#, c-format
msgid "a dog"
msgid_plural "many dogs"
msgstr[0] "ein Hund"
msgstr[1] "viele Hunde"

#~ msgid "Old"
#~ msgstr "Alt"
"""
PAIRS = [("Open file", "Datei öffnen"), ('Say "yes"', 'Sag "ja" oder nein'), ("a dog", "ein Hund"), ("many dogs", "viele Hunde")]


def write(folder, text, name="de.po"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_messages_and_translations(tmp_path):
    file = write(tmp_path, CATALOG)
    assert list(gettext_catalog.read(file, "en", "de")) == PAIRS
    assert list(gettext_catalog.read(file, "de", "en")) == [(b, a) for a, b in PAIRS]


def test_in_a_folder_of_parallel_text(tmp_path):
    write(tmp_path, CATALOG, "train.po")
    write(tmp_path, 'msgid "Yes"\nmsgstr "Ja"\n', "val.po")
    assert [(pair.source, pair.target) for pair in parallel_text.read(tmp_path, "train", "en", "de")] == PAIRS
    assert [pair.target for pair in parallel_text.read(tmp_path, "val", "en", "de")] == ["Ja"]
    with pytest.raises(DataError, match=r"NAME\.po"):
        parallel_text.read(tmp_path, "train", "de", "fr")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CATALOG.replace("Language: de", "Language: fr"), "its language is fr; expected de"),
        ('msgid "Yes"\nmsgstr Ja\n', "line 2 is neither"),
        ('"Yes"\n', "line 1 is neither"),
    ],
)
def test_broken_catalogs(tmp_path, text, why):
    with pytest.raises(DataError, match=why):
        list(gettext_catalog.read(write(tmp_path, text), "en", "de"))
