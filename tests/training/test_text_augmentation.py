import numpy as np

from mediakit.datasets.parallel_text import SentencePair
from mediakit.text.subwords import PLACEHOLDERS
from mediakit.training import text_augmentation
from mediakit.training.text_augmentation import NAMES, put_placeholders, rename, vary


def pair(source, target, weight=1.0):
    return SentencePair(source, target, "x", weight)


def random():
    return np.random.default_rng(0)


def test_a_name_is_replaced_in_both_languages():
    one = rename(pair("Tom's dog likes Tom, not Tommy.", "Toms Hund mag Tom, nicht ihn."), random())
    name = one.source.split("'")[0]
    assert name in NAMES["Tom"]
    assert (one.source, one.target) == (f"{name}'s dog likes {name}, not Tommy.", f"{name}s Hund mag {name}, nicht ihn.")


def test_a_name_that_is_translated_stays():
    for same in (pair("Mary left.", "Maria ging."), pair("Tom left Tom.", "Tom ging."), pair("A tomcat", "Ein Kater")):
        assert rename(same, random()) == same


def test_placeholders_stand_for_what_is_the_same():
    one = put_placeholders(pair("Ada paid $5.99 in York, at 10:30.", "Ada zahlte um 10:30 in York 5,99."), random())
    first, second, third = (mark for mark in one.source if mark in PLACEHOLDERS)
    assert first < second < third
    assert one.source == f"{first} paid $5.99 in {second}, at {third}."
    assert one.target == f"{first} zahlte um {third} in {second} 5,99."


def test_words_that_occur_twice_or_differ_get_no_placeholder():
    for same in (pair("Ada met Ada.", "Ada traf Ada."), pair("In May", "Im Mai"), pair("55 of 555", "55 von 55")):
        assert put_placeholders(same, random()) == same


def test_all_pairs_and_pairs_of_two():
    pairs = [pair(f"Ada bought {i} red apples.", f"Ada kaufte {i} rote Äpfel.", 0.5) for i in range(400)]
    varied = vary(pairs, 1)
    assert varied == vary(pairs, 1) != vary(pairs, 2)
    assert len(varied) == 420 and all(one.source.count("apples") == 2 for one in varied[400:])
    assert {one.weight for one in varied} == {0.5}
    assert 50 < sum(any(mark in one.source for mark in PLACEHOLDERS) for one in varied[:400]) < 120
    typed = [one for one in varied[:400] if one.source.startswith("ada")]
    assert 5 < len(typed) < 40 and not any(one.source.endswith(".") for one in typed)
    for one in varied:
        assert sorted(filter(PLACEHOLDERS.__contains__, one.source)) == sorted(filter(PLACEHOLDERS.__contains__, one.target))


def test_long_sentences_are_not_joined():
    long = pair("a " * text_augmentation.SHORT, "ein " * text_augmentation.SHORT)
    assert len(vary([long] * 100, 0)) == 100 and vary([], 0) == []
