import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rethinking.analysis.intervals import mean_interval


def interval(values, unit="number", points=None):
    return mean_interval(np.array(values, dtype=float), unit, points)


def test_students_t_by_hand():
    # Mean 2, standard deviation 1, n = 3; t(0.975, 2) = 4.302653.
    found = interval([1, 2, 3])
    assert (found.mean, found.n, found.excluded) == (2, 3, 0)
    assert found.low == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert found.high == pytest.approx(2 + 4.302653 / math.sqrt(3), abs=1e-6)


def test_shares_use_the_logit_scale():
    # Mean 0.7, standard error 0.1: logit(0.7) ± t(0.975, 1) · 0.1 / (0.7 · 0.3); t is 12.706205.
    found = interval([0.8, 0.6], unit="share")
    middle, half = math.log(0.7 / 0.3), 12.706205 * 0.1 / 0.21
    assert found.mean == pytest.approx(0.7)
    assert found.low == pytest.approx(1 / (1 + math.exp(half - middle)), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + math.exp(-half - middle)), abs=1e-6)


@pytest.mark.parametrize("unit", ["epochs", "ratio"])
def test_positive_numbers_use_the_logarithmic_scale(unit):
    # Mean 4, standard error 2: log 4 ± t(0.975, 1) · 2 / 4.
    found = interval([2, 6], unit=unit)
    factor = math.exp(12.706205 / 2)
    assert found.low == pytest.approx(4 / factor, rel=1e-6)
    assert found.high == pytest.approx(4 * factor, rel=1e-6)


def test_one_image_wrong_in_one_seed_gives_a_wide_interval_around_the_mean():
    # The mean is 0.9998 and its standard error 0.0002: t is 2.776 on four degrees of freedom.
    found = interval([1, 1, 1, 1, 0.999], unit="share", points=1000)
    assert found.low == pytest.approx(0.9968, abs=1e-4)
    assert found.low < found.mean < found.high < 1


def test_shares_that_agree_get_the_binomial_interval_of_their_images():
    # Clopper & Pearson for 10 of 10: [0.025^(1/10), 1].
    found = interval([1.0, 1.0, 1.0], unit="share", points=10)
    assert found.low == pytest.approx(0.025 ** (1 / 10))
    assert found.high == 1


def test_outcomes_get_the_binomial_interval_of_the_seeds():
    found = interval([1, 1, 1, 1, 1], unit="seeds", points=1)
    assert (found.mean, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 5))


@pytest.mark.parametrize("points", [None, 10])
def test_one_seed_gives_no_interval(points):
    found = interval([0.5], "number" if points is None else "share", points)
    assert found.mean == 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize("unit", ["number", "share", "epochs", "ratio"])
def test_equal_values_that_are_not_of_a_sample_give_no_interval(unit):
    assert math.isnan(interval([1, 1, 1], unit).low)


def test_what_diverged_is_counted_and_left_out():
    found = interval([1, math.nan, 3])
    assert (found.mean, found.n, found.excluded) == (2, 2, 1)


def test_nothing_but_diverged_runs():
    found = interval([math.nan, math.nan], unit="share", points=10)
    assert (found.n, found.excluded) == (0, 2)
    assert math.isnan(found.mean)


@given(right=st.lists(st.integers(0, 50), min_size=2, max_size=8))
def test_intervals_of_shares_hold_their_mean_and_stay_between_0_and_1(right):
    found = interval([k / 50 for k in right], unit="share", points=50)
    assert 0 <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= 1


@given(
    values=st.lists(st.integers(-(10**9), 10**9).map(lambda k: k / 1000), min_size=2, max_size=8),
    shift=st.floats(-1e6, 1e6),
)
def test_intervals_move_with_their_values(values, shift):
    found, moved = interval(values), interval([value + shift for value in values])
    if not (math.isnan(found.low) or math.isnan(moved.low)):
        assert moved.low == pytest.approx(found.low + shift, abs=1e-3)
        assert moved.high == pytest.approx(found.high + shift, abs=1e-3)


def test_coefficients_have_intervals_on_fishers_scale_within_their_range():
    values = np.array([0.9, 0.99, 0.999])
    found = mean_interval(values, unit="coefficient")
    assert -1 < found.low < found.mean < found.high < 1
    half = [np.arctanh(end) - np.arctanh(values.mean()) for end in (found.low, found.high)]
    assert half[0] == pytest.approx(-half[1])
    error = values.std(ddof=1) / 3**0.5
    assert half[1] == pytest.approx(stats.t.ppf(0.975, 2) * error / (1 - values.mean() ** 2))
    mirrored = mean_interval(-values, unit="coefficient")
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_values_that_are_equal_but_for_rounding_have_no_interval():
    gains = np.array([0.11 - 0.07, 0.10 - 0.06])
    assert gains[0] != gains[1]
    interval = mean_interval(gains, unit="change")
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
