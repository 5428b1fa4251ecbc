"""What a speech model can say."""

import pytest

from mediakit.errors import InputError, ModelError
from mediakit.tasks.speech.voices import Voices

DIGITS = [str(digit) for digit in range(10)]


def voices(labels=DIGITS):
    return Voices(list(labels), ["ada", "ben"], 8000, -20.0, [1, 2])


@pytest.mark.parametrize(
    ("text", "words"),
    [("2026", "2026"), ("-12.5", "125"), ("−3", "3"), ("+49 (0)30/555-0199", "490305550199"), ("1,234,567", "1234567"), ("٣ ४", "34")],
)
def test_numbers_are_said_digit_by_digit(text, words):
    assert voices().words(text) == list(words)


def test_whole_words_are_said_where_the_model_knows_them():
    assert voices(["1", "yes"]).words("Yes 11 yes") == ["yes", "1", "1", "yes"]


@pytest.mark.parametrize("text", ["hello", "12a", "", " ", "+-", "½", "x" * 10_000])
def test_what_cannot_be_said_is_one_line(text):
    with pytest.raises(InputError) as told:
        voices().words(text)
    assert "the model says 0, 1" in str(told.value) and len(str(told.value)) < 200


def test_an_unknown_speaker_is_told_with_the_nearest():
    with pytest.raises(InputError, match="did you mean ada"):
        voices().speaker_number("adda")
    assert voices().speaker_number("ben") == 1


def test_the_file_comes_back(tmp_path):
    voices().write(tmp_path / "voices.json")
    assert Voices.read(tmp_path / "voices.json") == voices()
    (tmp_path / "voices.json").write_text("[]")
    with pytest.raises(ModelError, match=r"voices\.json"):
        Voices.read(tmp_path / "voices.json")
