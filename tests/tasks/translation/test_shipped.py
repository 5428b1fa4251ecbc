"""The shipped German model on captions, everyday sentences and text that it has to keep."""

import pytest

import mediakit


@pytest.fixture(scope="module")
def translator():
    return mediakit.load("translation/en-de")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("A man rides a bicycle.", "Ein Mann fährt Fahrrad."),
        ("Hello.", "Hallo."),
        ("How much does it cost?", "Wie viel kostet es?"),
        ("Can you help me with this?", "Kannst du mir dabei helfen?"),
        ("Thank you so much for everything.", "Vielen Dank für alles."),
        ("Don't worry, everything will be fine.", "Mach dir keine Sorgen, alles wird gut."),
        ("A MAN RIDES A BICYCLE.", "EIN MANN FÄHRT FAHRRAD."),
    ],
)
def test_sentences(translator, english, german):
    assert translator(english).text == german


def test_words_that_the_model_would_have_to_spell_are_copied(translator):
    german = translator("Zyxqvab ate a grumblefitz.").text
    assert german.startswith("Zyxqvab ") and "grumblefitz" in german


def test_scores_tell_sentences_that_it_knows_from_others(translator):
    known, unknown = translator(["How much does it cost?", "Sign in to continue"])
    assert known.score > 0.7 and unknown.score < 0.2


@pytest.mark.parametrize("kept", ["https://example.org/a?b=1", "ada@example.org", "{name}", "%s", "😀", "Zarathorn"])
def test_text_that_is_kept_within_a_sentence(translator, kept):
    german = translator(f"Today I wrote to {kept} again.").text
    assert german.count(kept) == 1 and "Today" not in german and "wrote" not in german
