import numpy as np

from mediakit.tasks.traffic.windows import CLOCK, HORIZON, OWN_CHANNELS, STEPS, filled, network_inputs


def test_gaps_are_filled_by_the_last_reading_and_before_there_is_one_by_what_is_usual():
    window = np.array([[np.nan, 1.0], [2.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])
    usual = np.array([[9.0, 9], [8, 8], [7, 7], [6, 6]])
    whole, seen = filled(window, usual)
    assert whole.tolist() == [[9, 1], [2, 1], [2, 1], [4, 1]]
    assert seen.tolist() == [[0, 1], [1, 0], [0, 0], [1, 0]]
    assert filled(np.full((4, 2), np.nan), usual)[0].tolist() == usual.tolist()


def test_the_network_sees_each_road_of_each_moment_with_its_neighbourhood():
    rng = np.random.default_rng(0)
    deviations, typical = rng.normal(size=(2, STEPS, 3)), rng.normal(size=(2, STEPS + HORIZON, 3))
    kernels = rng.normal(size=(2, 3, 3))
    inputs = network_inputs(deviations, typical, rng.normal(size=(2, CLOCK)), kernels)
    assert inputs["history"].shape == (6, STEPS, OWN_CHANNELS + 2)
    row = 3 + 1  # the second moment, the second road
    np.testing.assert_allclose(inputs["history"][row, :, 0], deviations[1, :, 1], rtol=1e-6)
    np.testing.assert_allclose(inputs["history"][row, :, OWN_CHANNELS + 1], deviations[1] @ kernels[1, 1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(inputs["ahead"][row], typical[1, STEPS:, 1], rtol=1e-6)
