"""The decoders against exhaustive search on small vocabularies."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.runtime.decoding import DecodingOptions, StepResult, best_continuations, decode

START, END, WORDS = 0, 1, 5


def tables(seed, sources):
    """For each source log-probabilities `[length, last word, next word]`."""
    scores = np.random.default_rng(seed).normal(scale=2, size=(sources, 8, WORDS, WORDS)).astype(np.float32)
    scores[..., START] = -1e9
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


class TableStep:
    """A step that looks its scores up; its state is how many words were written, its attention whom it serves."""

    def __init__(self, scores, width):
        self.scores, self.width, self.calls = scores, width, 0

    def __call__(self, tokens, state):
        self.calls += 1
        rows = np.arange(len(tokens))
        result = self.scores[rows // self.width, state["length"], tokens]
        attention = np.eye(len(self.scores), dtype=np.float32)[rows // self.width]
        return StepResult(result.copy(), {"length": state["length"] + 1}, attention)


def run(scores, options, **extra):
    state = {"length": np.zeros(len(scores) * options.width, np.int64)}
    return decode(TableStep(scores, options.width), state, len(scores), options, **extra)


def exhaustive(scores, options):
    """Every sequence with its score, best first."""
    found = []
    words = [word for word in range(WORDS) if word not in (START, END, *options.forbidden)]
    for length in range(options.max_length + 1):
        for tokens in itertools.product(words, repeat=length):
            path = (START, *tokens, END)
            total = sum(float(scores[i, a, b]) for i, (a, b) in enumerate(itertools.pairwise(path)))
            found.append((total / (length + 1) ** options.length_exponent, tokens, total))
    return sorted(found, key=lambda item: -item[0])


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.7, 1.0]))
def test_a_wide_beam_finds_what_exhaustive_search_finds(seed, exponent):
    options = DecodingOptions(START, END, max_length=4, beam=256, n_best=3, length_exponent=exponent)
    scores = tables(seed, sources=2)
    for table, hypotheses in zip(scores, run(scores, options), strict=True):
        for hypothesis, (score, tokens, total) in zip(hypotheses, exhaustive(table, options), strict=False):
            assert hypothesis.tokens == tokens
            assert hypothesis.score == pytest.approx(score, abs=1e-4)
            assert hypothesis.log_probability == pytest.approx(total, abs=1e-4)


@given(st.integers(0, 10_000))
def test_greedy_takes_the_best_word_each_time(seed):
    scores = tables(seed, sources=3)
    options = DecodingOptions(START, END, max_length=6, beam=1)
    for table, [hypothesis] in zip(scores, run(scores, options), strict=True):
        last, wanted = START, []
        for length in range(6):
            last = int(table[length, last].argmax())
            if last == END:
                break
            wanted.append(last)
        assert hypothesis.tokens == tuple(wanted)


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_sources_do_not_disturb_each_other(seed, beam):
    scores = tables(seed, sources=3)
    options = DecodingOptions(START, END, max_length=6, beam=beam)
    together = [hypotheses[0].tokens for hypotheses in run(scores, options)]
    alone = [run(scores[i : i + 1], options)[0][0].tokens for i in range(3)]
    assert together == alone


def test_attention_belongs_to_each_word():
    scores = tables(3, sources=2)
    for source, hypotheses in enumerate(run(scores, DecodingOptions(START, END, max_length=6, beam=3))):
        best = hypotheses[0]
        assert best.attention is None or best.attention.shape == (len(best.tokens), 2)
        assert best.attention is None or (best.attention[:, source] == 1).all()


@given(st.integers(0, 1000))
def test_no_bigram_is_repeated_when_blocked(seed):
    options = DecodingOptions(START, END, max_length=7, beam=3, block_repeats=2)
    for [hypothesis] in run(tables(seed, sources=2), options):
        pairs = list(itertools.pairwise(hypothesis.tokens))
        assert len(pairs) == len(set(pairs))


@given(st.integers(0, 1000))
def test_forbidden_words_are_never_written(seed):
    for sample in (False, True):
        options = DecodingOptions(START, END, max_length=6, forbidden=(2, 3), sample=sample, seed=seed)
        for [hypothesis] in run(tables(seed, sources=2), options):
            assert not {2, 3} & set(hypothesis.tokens)


def test_sampling_follows_the_seed_and_the_index_alone():
    scores = tables(5, sources=3)
    options = DecodingOptions(START, END, max_length=6, sample=True, n_best=2, seed=9)
    together = run(scores, options, indices=[10, 11, 12])
    again = run(scores[1:2], options, indices=[11])
    assert [h.tokens for h in together[1]] == [h.tokens for h in again[0]]
    other = [
        h.tokens
        for hypotheses in run(scores, DecodingOptions(START, END, max_length=6, sample=True, n_best=2, seed=10))
        for h in hypotheses
    ]
    assert other != [h.tokens for hypotheses in together for h in hypotheses]


def test_sampling_has_the_right_frequencies():
    scores = tables(1, sources=1)
    count = 4000
    options = DecodingOptions(START, END, max_length=1, sample=True)
    drawn = [h[0].tokens for h in run(np.repeat(scores, count, axis=0), options)]
    for word in range(2, WORDS):
        wanted = np.exp(scores[0, 0, START, word])
        assert np.mean([tokens == (word,) for tokens in drawn]) == pytest.approx(wanted, abs=0.03)


def test_a_small_nucleus_is_greedy():
    scores = tables(2, sources=4)
    greedy = [h[0].tokens for h in run(scores, DecodingOptions(START, END, max_length=6, beam=1))]
    narrow = [h[0].tokens for h in run(scores, DecodingOptions(START, END, max_length=6, sample=True, top_p=1e-6))]
    assert narrow == greedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam": 0},
        {"n_best": 0},
        {"max_length": 0},
        {"temperature": 0.0},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"block_repeats": -1},
    ],
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        DecodingOptions(START, END, **{"max_length": 5, **wrong})


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 700), st.integers(1, 12), st.booleans())
def test_the_best_continuations_are_those_of_sorting_all(seed, rows, words, count, ties):
    rng = np.random.default_rng(seed)
    totals, scores = rng.normal(size=rows).astype(np.float32), rng.normal(size=(rows, words)).astype(np.float32)
    if ties:
        totals, scores = np.zeros_like(totals), scores.round(0)
    parents, tokens = best_continuations(0, totals, scores, count)
    flat = (totals[:, None] + scores).ravel()
    wanted = np.argsort(-flat, kind="stable")[:count]
    np.testing.assert_array_equal(parents * words + tokens, wanted)


def test_a_sequence_must_be_able_to_end():
    with pytest.raises(InputError, match="end"):
        DecodingOptions(START, END, max_length=5, forbidden=(END,))


def test_a_step_keeps_what_it_returned():
    scores = tables(0, sources=1)
    given_back = []

    def step(tokens, state):
        result = TableStep(scores, 3)(tokens, state)
        given_back.append((result.log_probabilities, result.log_probabilities.copy()))
        return result

    options = DecodingOptions(START, END, max_length=5, beam=3, forbidden=(2,), block_repeats=1)
    decode(step, {"length": np.zeros(3, np.int64)}, 1, options)
    for array, before in given_back:
        np.testing.assert_array_equal(array, before)


@given(st.integers(0, 10_000))
def test_patience_ends_a_search_early(seed):
    scores = tables(seed, sources=3)
    patient, eager = (DecodingOptions(START, END, max_length=6, beam=3, length_exponent=1.0, patience=p) for p in (None, 1.0))
    calls = []
    for options in (patient, eager):
        step = TableStep(scores, options.width)
        found = decode(step, {"length": np.zeros(9, np.int64)}, 3, options)
        calls.append(step.calls)
        assert all(len(hypotheses) == 1 for hypotheses in found)
    assert calls[1] <= calls[0]


def test_patience_is_how_many_times_the_beam_must_have_ended():
    """Every word is as likely as the end, so that one hypothesis of a beam of two ends at each step."""
    step = TableStep(np.full((1, 8, WORDS, WORDS), np.log(1 / WORDS), np.float32), 2)
    decode(step, {"length": np.zeros(2, np.int64)}, 1, DecodingOptions(START, END, max_length=6, beam=2, length_exponent=0.0, patience=1.5))
    assert step.calls <= 3
    with pytest.raises(InputError, match="patience is 0"):
        DecodingOptions(START, END, max_length=6, patience=0)


class NarrowedTableStep(TableStep):
    """Keeps no rows of sources that have ended."""

    def __init__(self, scores, width):
        super().__init__(scores, width)
        self.rows = []

    def __call__(self, tokens, state):
        self.rows.append(len(tokens))
        result = super().__call__(tokens, state)
        return StepResult(result.log_probabilities, result.state)

    def keep(self, sources):
        self.scores = self.scores[sources]


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_leaving_out_ended_sources_changes_nothing(seed, beam):
    scores = tables(seed, sources=8)
    options = DecodingOptions(START, END, max_length=6, beam=beam, n_best=2, patience=1.0)
    step = NarrowedTableStep(scores, options.width)
    state = {"length": np.zeros(8 * options.width, np.int64)}
    found = decode(step, state, 8, options)
    assert step.rows == sorted(step.rows, reverse=True)
    for ours, wanted in zip(found, run(scores, options), strict=True):
        assert [h.tokens for h in ours] == [h.tokens for h in wanted]
        assert [h.score for h in ours] == pytest.approx([h.score for h in wanted], abs=1e-5)
