"""Marked texts: what is taken away again gives the text."""

import html
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from mediakit.runtime.page import PAGE_END
from mediakit.tasks.named_entities import markup as entity_markup
from mediakit.tasks.named_entities.pipeline import Entity

TEXT = "In 1843 Ada met <Charles> & co."
ENTITIES = [Entity("Ada", "PER", 108, 111, 0.987), Entity("Charles", "PER", 117, 124, 0.5)]


def test_plain():
    assert entity_markup.plain(TEXT, 100, ENTITIES) == "In 1843 [Ada PER] met <[Charles PER]> & co."
    assert entity_markup.plain(TEXT, 0, []) == TEXT


def test_colours_end_and_the_text_cannot_steer_the_terminal():
    marked = entity_markup.coloured("\x1b[2J\tAda\r\n\x9b", 0, [Entity("Ada", "X", 5, 8, 1.0)])
    assert re.sub(r"\x1b\[[0-9;]*m", "", marked) == "�[2J\t Ada X \r\n�"
    assert re.findall(r"\x1b\[[0-9;]*m", marked) == ["\x1b[30;48;5;253m", "\x1b[1m", "\x1b[0m"]


class Page(HTMLParser):
    """What a browser shows."""

    def __init__(self):
        super().__init__()
        self.text, self.marks = "", []

    def handle_data(self, data):
        self.text += data

    def handle_starttag(self, tag, attributes):
        if tag == "mark":
            self.marks.append(dict(attributes))


def test_a_whole_page():
    page = entity_markup.page_start("<title>", ["PER", "a&b"]) + entity_markup.page_text_start("a<b.txt")
    page += entity_markup.page_piece(TEXT, 100, ENTITIES) + entity_markup.page_text_end("bad & ugly") + PAGE_END
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n") and "http" not in page
    assert "<title>&lt;title&gt;</title>" in page and "<h2>a&lt;b.txt</h2>" in page and "bad &amp; ugly" in page
    assert '.entity[data-label="PER"] { background: #aa9cfc; }' in page and '.entity[data-label="a&amp;b"]' in page
    seen = Page()
    seen.feed(page)
    assert (
        seen.marks == [{"class": "entity", "data-label": "PER", "title": title} for title in ("99%", "50%")]
        and "In 1843 AdaPER met <CharlesPER> & co." in seen.text
    )


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"])), st.data())
def test_text_is_kept(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    entities = [Entity(text[a:b], "L", a, b, 1.0) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    piece = entity_markup.page_piece(text, 0, entities)
    assert html.unescape(re.sub(r'<span class="label">L</span>|<[^>]*>', "", piece)) == text
    assert len(entity_markup.plain(text, 0, entities)) == len(text) + 4 * len(entities)
