import numpy as np

from mediakit.tasks.traffic.profiles import Clock, DailyProfile, expected, kinds_of, slots_of, time_of_day


def days(count, per_day=24, roads=6, seed=0):
    """Readings with a course of their own for each road, and noise."""
    rng = np.random.default_rng(seed)
    course = -0.3 + 0.3 * np.sin(2 * np.pi * (np.arange(per_day)[:, None] / per_day + np.arange(roads) / 9))
    return course, np.tile(course, (count, 1)) + 0.02 * rng.normal(size=(count * per_day, roads))


def profile_of(rows, per_day=24):
    return DailyProfile.of(rows, np.arange(len(rows)) % per_day, np.zeros(len(rows), int), per_day)


def test_a_profile_is_the_mean_of_days_and_weekends_without_readings_are_as_weekdays():
    course, rows = days(5)
    rows[7] = np.nan
    profile = profile_of(rows)
    np.testing.assert_allclose(profile.mean[0], course, atol=0.03)
    np.testing.assert_allclose(profile.mean[1], profile.mean[0], atol=1e-6)
    np.testing.assert_allclose(profile.spread, 0.02, atol=0.01)


def test_missing_times_of_day_have_the_mean_of_the_road_and_silent_roads_zero():
    rows = np.full((24, 2), np.nan)
    rows[:6, 0] = -0.2
    profile = profile_of(rows)
    np.testing.assert_allclose(profile.mean[:, :, 0], -0.2, atol=1e-6)
    np.testing.assert_array_equal(profile.mean[:, :, 1], 0)


def test_the_clock_finds_the_time_from_the_readings():
    _, rows = days(4)
    clock = Clock(profile_of(rows))
    _, fresh = days(3, seed=1)
    for row in fresh[5 : 5 + 36]:
        clock.observe(row)
    likely = clock.probabilities()
    assert likely.sum() == 1 or abs(likely.sum() - 1) < 1e-5
    assert int(likely.sum(axis=0).argmax()) == (5 + 35) % 24


def test_a_clock_that_has_read_nothing_knows_nothing_and_one_that_is_told_the_time_believes_it():
    _, rows = days(2, per_day=288)
    profile = DailyProfile.of(rows, np.arange(len(rows)) % 288, np.zeros(len(rows), int), 288)
    clock = Clock(profile)
    np.testing.assert_allclose(time_of_day(clock.probabilities()), 0, atol=1e-6)
    told = clock.probabilities((0, 72))  # a weekday, 6 o'clock
    np.testing.assert_allclose(time_of_day(told)[:2], [1, 0], atol=0.02)
    np.testing.assert_allclose(expected(profile, told, [0])[0], profile.mean[0, 72], atol=0.05)


def test_missing_readings_say_nothing():
    _, rows = days(2)
    clock = Clock(profile_of(rows))
    for _ in range(5):
        clock.observe(np.full(6, np.nan))
    np.testing.assert_allclose(clock.probabilities().sum(axis=0), 1 / 24, rtol=0.01)


def test_expectations_move_with_the_steps():
    _, rows = days(2)
    profile = profile_of(rows)
    certain = np.zeros((2, 24))
    certain[0, 22] = 1
    np.testing.assert_allclose(expected(profile, certain, [-1, 0, 3]), profile.mean[0, [21, 22, 1]], atol=1e-6)


def test_slots_and_kinds_of_times():
    times = np.array(["2012-03-02T23:55", "2012-03-03T00:00", "2012-03-05T12:30"], "datetime64[s]")  # Friday, Saturday, Monday
    assert slots_of(times, 5).tolist() == [287, 0, 150] and kinds_of(times).tolist() == [0, 1, 0]
