import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tasks.translation.protected import ordinary_spelling, parts, pieces, prepare, stutters, unchecked
from mediakit.text.subwords import PLACEHOLDERS

A, B, C = PLACEHOLDERS[:3]
KEPT = [
    "https://example.org/a?b=1",
    "www.example.org",
    "example.org/about",
    "ada.lovelace@example.org",
    "@ada",
    "#engines",
    "/usr/share/doc",
    "`x = 1`",
    "{name}",
    "{{ user.name }}",
    "${HOME}",
    "%s",
    "%1$d",
    "%(count)d",
    "%.2f",
    "%1",
    "$HOME",
    "<b>",
    "</i>",
    '<a href="x">',
    "&nbsp;",
    "&#8217;",
    r"\n",
    "😀",
    "👩‍🚀",
    "1️⃣",
    "🇮🇳",
    "♪",
    "7",
    "2024",
    "1,234",
    "$5.99",
    "50%",
    "10:30",
    "12/31",
    "\ue123",
    "https://example.org/a_(b)",
    "mailto:ada@example.org",
    "C:\\Users\\ada",
    "./a/b",
    "../x.txt",
    "notes.txt",
    "user_name",
    "v1.2.3",
    "+1 555-0100",
    "#{name}",
    "%{count}",
    "%name%",
    "$(HOME)",
    "[[name]]",
    "@@name@@",
    "<%= name %>",
    "<0>",
    "</0>",
    ":smile:",
    "#1",
    "-5",
    "1.5kg",
    "10^3",
    "12 000 000",
    "25°C",
    "3:30 p.m.",
    "9 am",
]


def protected(text, **options):
    return [text[piece.start : piece.end] for piece in pieces(text, **options)]


@pytest.mark.parametrize("piece", KEPT)
@pytest.mark.parametrize("sentence", ["Write to {} today.", "{}", "See {}.", "Is it ({})?", "{}, please!"])
def test_each_kind_is_found_whole(piece, sentence):
    assert protected(sentence.replace("{}", piece)) == [piece]


@pytest.mark.parametrize(
    "text", ["He and/or she.", "The 5th of the 1990s", "e.g. this", "An MP3 player", "Wait... what?!", "it's 'fine'", "a < b > c", "$ & %"]
)
def test_ordinary_text_is_not_protected(text):
    assert protected(text) == []


def test_words_that_the_model_does_not_know():
    found = protected("She said こんにちは to Łukasz, {twice}†.", knows=lambda word, name: word.isascii())
    assert found == ["こんにちは", "Łukasz", "{twice}", "†"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Then Ada met Babbage's friends.", ["Ada", "Babbage"]),
        ("She is Dr. Lovelace.", ["Dr. Lovelace"]),
        ("Mr Babbage met Mrs. Somerville.", ["Mr Babbage", "Mrs. Somerville"]),
        ('He said: "Go, Ada!"', ["Ada"]),
        ("‘Ada met Charles-Louis", ["Charles-Louis"]),
        ("ADA MET CHARLES", []),
        ("Ada Met Charles And Augustus", []),
    ],
)
def test_names_are_words_with_a_capital_within_a_sentence(text, names):
    assert protected(text, knows=lambda word, name: not name) == names


def test_placeholders_stand_for_pieces_in_order():
    sentence = prepare("In 2024, {name} paid $5.99.", placeholders=True)
    assert sentence.text == f"In {A}, {B} paid {C}."
    assert sentence.restore(f"{B} bezahlte {A} {C}.") == "{name} bezahlte 2024 $5.99."


@pytest.mark.parametrize(
    ("translation", "good"), [("{B} zahlte {A}.", True), ("Es zahlte {A}.", False), ("{A}{A} {B}", False), ("{A} {B} {C}", False)]
)
def test_each_placeholder_has_to_be_written_once(translation, good):
    sentence = prepare("In 2024, {name} paid.", placeholders=True)
    assert sentence.accepts(translation.format(A=A, B=B, C=C)) == good


def test_a_model_without_placeholders_reads_numbers():
    sentence = prepare("In 2024 and in 2024.", placeholders=False)
    assert sentence.text == "In 2024 and in 2024."
    assert sentence.accepts("Im Jahr 2024 und 2024.") and not sentence.accepts("Im Jahr 2024.")
    assert prepare("Write to {name}.", placeholders=False) is None


def test_more_pieces_than_placeholders():
    assert prepare(" ".join(map(str, range(len(PLACEHOLDERS) + 1))), placeholders=True) is None


def test_parts_are_the_words_between():
    text = "Yes: (see https://example.org), or write to {name} today! 😀."
    assert [text[start:end] for start, end in parts(text, 0, len(text))] == ["Yes: (see", "or write to", "today!"]
    assert [text[start:end] for start, end in parts(text, 5, 9)] == ["(see"]


@given(st.lists(st.sampled_from([*KEPT, "a", "dog", "RUNS", " ", ", ", "."])).map("".join))
def test_parts_and_pieces_hold_every_letter_once(text):
    spans = sorted([(piece.start, piece.end) for piece in pieces(text)] + list(parts(text, 0, len(text))))
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    assert not any(character.isalnum() for a, b in zip(edges[::2], edges[1::2], strict=True) for character in text[a:b])


@given(st.text(max_size=40))
def test_an_unchanged_translation_gives_the_sentence_back(text):
    sentence = prepare(text, placeholders=True)
    if sentence and sentence.finish is str:
        assert sentence.accepts(sentence.text) and sentence.restore(sentence.text) == text


@pytest.mark.parametrize(
    ("text", "ordinary", "cased"),
    [
        ("A MAN RIDES A BICYCLE.", "A man rides a bicycle.", "EIN MANN"),
        ("'I'M HERE', SHE SAID.", "'I'm here', she said.", "EIN MANN"),
        ("WARNING!", "Warning!", "EIN MANN"),
        ("The Lord Of The Rings", "The lord of the rings", "Ein Mann"),
        ("How To Open Your Own Shop", "How to open your own shop", "Ein Mann"),
        ("Don't Look Up Now", "Don't look up now", "Ein Mann"),
        ("Ada And I", "Ada and I", "Ein Mann"),
        ("The USA", "The USA", "ein mann"),
        ("NASA", "NASA", "ein mann"),
        ("Ada Lovelace and Charles Babbage met", "Ada Lovelace and Charles Babbage met", "ein mann"),
        ("New York City", "New York City", "ein mann"),
        ("1 + 1", "1 + 1", "ein mann"),
    ],
)
def test_capitals_and_titles_are_spelled_as_usual_and_cased_back(text, ordinary, cased):
    spelling, case = ordinary_spelling(text)
    assert (spelling, case("ein mann")) == (ordinary, cased)


def test_what_is_kept_keeps_its_case():
    sentence = prepare("WRITE TO {name} NOW!", placeholders=True)
    assert sentence.text == f"Write to {A} now!"
    assert sentence.restore(f"Schreib {A} jetzt!") == "SCHREIB {name} JETZT!"


@pytest.mark.parametrize(("part", "translation"), [("but it is", "aber es ist"), ("But it is", "Aber es ist"), ("dogs", "Hunde")])
def test_a_part_that_goes_on_gets_no_capital(part, translation):
    capital = translation[0].upper() + translation[1:]
    assert unchecked(part, small={"aber"}.__contains__).restore(capital) == translation


@pytest.mark.parametrize("text", ["Seite Seite", "ici ici ici", "Namename.", "die Hunde hunde sind"])
def test_a_stutter(text):
    assert stutters(text, "A page")
    assert not stutters(text, "Go, go!")


@pytest.mark.parametrize(
    "text", ["", "dass sie sie sah", "Vous vous trompez.", "Mama und Papa", "Seite an Seite", "1010 1010", "धीरे धीरे चलो"]
)
def test_no_stutter(text):
    assert not stutters(text, "A page")


def test_a_sentence_has_one_full_stop():
    assert prepare("Come at 3 p.m.", placeholders=True).restore(f"Komm um {A}.") == "Komm um 3 p.m."


def test_tags_are_taken_out():
    sentence = prepare("Give {name} the <b>red</b> book.", placeholders=True).without_tags()
    assert sentence.text == f"Give {A} the red book."
    assert sentence.kept == ("{name}", "<b>", "</b>")
    assert prepare("Give {name} the book.", placeholders=True).without_tags() is None


def test_a_part_gets_no_full_stop():
    assert unchecked("A man").restore("Ein Mann.") == "Ein Mann"
    assert unchecked("A TALL MAN").restore("Ein großer Mann.") == "EIN GROSSER MANN"
    assert unchecked("A man!").restore("Ein Mann.") == "Ein Mann."
