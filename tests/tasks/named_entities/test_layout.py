"""Where layout ends a sentence."""

import pytest

from mediakit.tasks.named_entities.layout import pieces


def texts(sentence):
    return [" ".join(piece.split()) for _, piece in pieces(sentence) if piece.strip()]


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Ada Lovelace\nworked in London.", ["Ada Lovelace worked in London."]),
        ("the Ada\tLovelace met\nGrace", ["the Ada Lovelace met Grace"]),
        ("Ada\tLondon\nGrace\tParis", ["Ada", "London Grace", "Paris"]),
        ("- Ada\n- Grace\n2) Lima", ["- Ada", "- Grace", "2) Lima"]),
        ("From: Ada Roe\nTo: Bob\nSubject: Lima", ["From: Ada Roe", "To: Bob", "Subject: Lima"]),
        ("<h1>Starmer meets Merz</h1>\n<p class='a'>In <b>New</b> York", ["Starmer meets Merz", "In New York"]),
        ('a<br/>b <a href="https://x.org/Merz">c</a><script>Paris</script>d <!-- Rome --> e', ["a", "b c", "d", "e"]),
        ("a < b, x <London> y, <3 <jane@x.org>", ["a < b, x <London> y, <3 <jane@x.org>"]),
        ("met _Mark Rutte_ of snake_case", ["met Mark Rutte of snake_case"]),
        ("", []),
    ],
)
def test_pieces(sentence, wanted):
    assert texts(sentence) == wanted


def test_starts_point_into_the_sentence():
    sentence = "<p>In <b>New</b> York</p>\tand\n* Lima"
    for start, piece in pieces(sentence):
        for i, char in enumerate(piece):
            assert char in (" ", sentence[start + i])
