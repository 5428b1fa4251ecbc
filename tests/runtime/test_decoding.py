"""The decoders, checked against exhaustive search on small vocabularies."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.runtime.decoding import LONGEST_CYCLE, DecodingOptions, StepResult, best_continuations, decode, longest_run

START, END, WORDS = 0, 1, 5


def tables(seed, sources):
    """Log-probabilities `[length, last word, next word]` for each source."""
    scores = np.random.default_rng(seed).normal(scale=2, size=(sources, 8, WORDS, WORDS)).astype(np.float32)
    scores[..., START] = -1e9
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))


class TableStep:
    """A step that looks its scores up. Its state is the number of words so far; its attention names source, position and last word."""

    def __init__(self, scores, width):
        self.scores, self.width, self.rows = scores, width, []
        self.sources = np.arange(len(scores))

    def __call__(self, tokens, state):
        self.rows.append(len(tokens))
        sources, length = np.arange(len(tokens)) // self.width, state["length"]
        attention = np.stack([self.sources[sources], length, tokens], axis=1).astype(np.float32)
        return StepResult(self.scores[sources, length, tokens].copy(), {"length": length + 1}, attention)


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
        for hypothesis, (score, tokens, total) in zip(hypotheses, exhaustive(table, options)[:3], strict=True):
            assert hypothesis.tokens == tokens
            assert hypothesis.score == pytest.approx(score, abs=1e-4)
            assert hypothesis.log_probability == pytest.approx(total, abs=1e-4)


@given(st.integers(0, 10_000))
def test_greedy_search_takes_the_best_word_at_each_step(seed):
    scores = tables(seed, sources=3)
    options = DecodingOptions(START, END, max_length=6, beam=1)
    for table, [hypothesis] in zip(scores, run(scores, options), strict=True):
        last, expected = START, []
        for length in range(6):
            last = int(table[length, last].argmax())
            if last == END:
                break
            expected.append(last)
        assert hypothesis.tokens == tuple(expected)


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_sources_are_independent(seed, beam):
    scores = tables(seed, sources=3)
    options = DecodingOptions(START, END, max_length=6, beam=beam)
    together = [hypotheses[0].tokens for hypotheses in run(scores, options)]
    alone = [run(scores[i : i + 1], options)[0][0].tokens for i in range(3)]
    assert together == alone


@given(st.integers(0, 1000), st.integers(1, 4))
def test_each_word_has_the_attention_of_the_step_that_wrote_it(seed, beam):
    scores = tables(seed, sources=2)
    for source, hypotheses in enumerate(run(scores, DecodingOptions(START, END, max_length=6, beam=beam, n_best=2))):
        for hypothesis in hypotheses:
            steps = list(enumerate((START, *hypothesis.tokens[:-1]))) if hypothesis.tokens else []
            attention = [] if hypothesis.attention is None else hypothesis.attention.tolist()
            assert attention == [[source, position, before] for position, before in steps]


def test_a_step_without_attention():
    def step(tokens, state):
        result = TableStep(tables(3, sources=1), 3)(tokens, state)
        return StepResult(result.log_probabilities, result.state)

    [[hypothesis]] = decode(step, {"length": np.zeros(3, np.int64)}, 1, DecodingOptions(START, END, max_length=6, beam=3))
    assert hypothesis.tokens and hypothesis.attention is None


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_ngram_is_repeated_when_blocked(size):
    scores = tables(0, sources=40)
    scores[:, 1:, :, END] -= 3  # long enough to repeat

    def repeats(options):
        found = [hypothesis.tokens for [hypothesis] in run(scores, options)]
        ngrams = [[tokens[i : i + size] for i in range(len(tokens) - size + 1)] for tokens in found]
        return sum(len(each) != len(set(each)) for each in ngrams)

    assert repeats(DecodingOptions(START, END, max_length=7, beam=3)) > 5
    assert repeats(DecodingOptions(START, END, max_length=7, beam=3, block_repeats=size)) == 0


def test_some_words_occur_once():
    scores = tables(0, sources=40)
    scores[:, 1:, :, END] -= 3  # long enough to repeat

    def counts(once):
        options = DecodingOptions(START, END, max_length=7, beam=3, once=frozenset(once))
        return [[hypothesis.tokens.count(word) for word in (2, 3)] for [hypothesis] in run(scores, options)]

    assert max(twos for twos, _ in counts([])) > 1
    assert max(twos for twos, _ in counts([2])) == 1
    assert max(threes for _, threes in counts([2])) > 1


@given(st.integers(0, 1000))
def test_forbidden_words_are_never_produced(seed):
    for sample in (False, True):
        free, bound = (DecodingOptions(START, END, 6, forbidden=words, sample=sample, seed=seed) for words in ((), (2, 3)))
        written, allowed = ({word for [h] in run(tables(seed, sources=10), options) for word in h.tokens} for options in (free, bound))
        assert {2, 3} & written and not {2, 3} & allowed and allowed


def test_sampling_depends_on_seed_and_index_alone():
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
    samples = [h[0].tokens for h in run(np.repeat(scores, count, axis=0), options)]
    for word in range(2, WORDS):
        expected = np.exp(scores[0, 0, START, word])
        assert np.mean([tokens == (word,) for tokens in samples]) == pytest.approx(expected, abs=0.03)


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
def test_the_best_continuations_agree_with_a_full_sort(seed, width, words, count, ties):
    values = np.random.default_rng(seed).normal(size=(3, width, words)).astype(np.float32)
    if ties:
        values = values.round(0)
    parents, tokens = best_continuations(np.arange(3), values, count)
    expected = np.argsort(-values.reshape(3, -1), kind="stable")[:, :count]
    np.testing.assert_array_equal(parents * words + tokens, expected)


def test_a_sequence_must_be_able_to_end():
    with pytest.raises(InputError, match="end"):
        DecodingOptions(START, END, max_length=5, forbidden=(END,))


def steps_of_even_odds(max_length, **options):
    """How many steps a search takes where the end is as likely as each word: one hypothesis of two ends at each step."""
    step = TableStep(np.full((1, 8, WORDS, WORDS), np.log(1 / WORDS), np.float32), 2)
    decode(step, {"length": np.zeros(2, np.int64)}, 1, DecodingOptions(START, END, max_length, beam=2, **options))
    return len(step.rows)


def test_patience_counts_ended_hypotheses_in_beams():
    assert [steps_of_even_odds(6, length_exponent=1.0, patience=patience) for patience in (0.5, 1.0, 1.5)] == [1, 2, 3]
    with pytest.raises(InputError, match="patience is 0"):
        DecodingOptions(START, END, max_length=6, patience=0)


def test_a_search_ends_when_no_other_hypothesis_can_win():
    """Longer sequences are less probable here, and only a length exponent can make up for that."""
    assert steps_of_even_odds(6, length_exponent=0.0) < steps_of_even_odds(6, length_exponent=1.0) == 7


class NarrowedTableStep(TableStep):
    """Drops the rows of sources that have ended."""

    def keep(self, sources):
        self.scores, self.sources = self.scores[sources], self.sources[sources]


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_dropping_ended_sources_changes_nothing(seed, beam):
    scores = tables(seed, sources=8)
    options = DecodingOptions(START, END, max_length=6, beam=beam, n_best=2, patience=1.0)
    step = NarrowedTableStep(scores, options.width)
    state = {"length": np.zeros(8 * options.width, np.int64)}
    found = decode(step, state, 8, options)
    for ours, expected in zip(found, run(scores, options), strict=True):
        assert [h.tokens for h in ours] == [h.tokens for h in expected]
        assert [h.score for h in ours] == pytest.approx([h.score for h in expected], abs=1e-5)
        assert [np.array_equal(h.attention, w.attention) for h, w in zip(ours, expected, strict=True) if h.tokens].count(False) == 0


def test_ended_sources_are_left_out():
    scores = tables(0, sources=8)
    scores[:4, 0, START, END] = 0  # four of the sources end at once, and the others go on
    scores[4:, :3, :, END] = -1e9
    step = NarrowedTableStep(scores, 1)
    decode(step, {"length": np.zeros(8, np.int64)}, 8, DecodingOptions(START, END, max_length=6, beam=1))
    assert step.rows[:2] == [8, 4]


def runs(tokens):
    """By brute force: the most copies of up to LONGEST_CYCLE tokens that stand on end."""
    most = 1
    for start in range(len(tokens)):
        for size in range(1, LONGEST_CYCLE + 1):
            cycle, copies = tokens[start : start + size], 1
            while len(cycle) == size and tokens[start + copies * size : start + (copies + 1) * size] == cycle:
                copies += 1
            most = max(most, copies)
    return most


@given(st.lists(st.integers(0, 2), max_size=30))
def test_the_longest_run_of_a_sequence(tokens):
    assert longest_run(tokens) == runs(tokens)


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_no_cycle_is_written_more_often_than_its_source_may(seed, repeats):
    options = DecodingOptions(START, END, max_length=7, beam=3)
    free, bound = run(tables(seed, sources=2), options, repeats=[99, repeats])
    assert [one.tokens for one in free] == [one.tokens for one in run(tables(seed, sources=2), options)[0]]
    assert all(runs(hypothesis.tokens) <= repeats for hypothesis in bound)


def test_an_endless_repetition_ends():
    """Words 2 and 3 take turns, far likelier than anything else."""
    scores = np.full((1, 40, WORDS, WORDS), -9, np.float32)
    scores[0, :, START, 2] = scores[0, :, 2, 3] = scores[0, :, 3, 2] = -0.1
    options = DecodingOptions(START, END, max_length=30, beam=1, forbidden=(START,))
    [[endless]], [[ended]] = run(scores, options), run(scores, options, repeats=[3])
    assert len(endless.tokens) == 30 and ended.tokens == (2, 3) * 3
