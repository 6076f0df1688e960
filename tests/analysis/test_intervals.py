"""Intervals of means over seeds: by hand, on the scale of each unit, and bootstrapped."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rethinking.analysis.intervals import LEAST_FOR_BOOTSTRAP, mean_interval, student
from rethinking.names.units import UNITS


def interval(values, unit="number", points=None):
    return mean_interval(np.array(values, dtype=float), UNITS[unit].transform, points)


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


@pytest.mark.parametrize("unit", ["epochs", "ratio", "size", "rounding"])
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


@pytest.mark.parametrize(
    ("right", "low", "high"),
    [(0, 0.0, 0.3085), (1, 0.0025, 0.4450), (5, 0.1871, 0.8129), (9, 0.5550, 0.9975)],
)
def test_the_binomial_interval_is_clopper_and_pearsons(right, low, high):
    # Of 10, as tables have it.
    found = interval([1] * right + [0] * (10 - right), unit="seeds", points=1)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


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
    found = interval(values, unit="coefficient")
    assert -1 < found.low < found.mean < found.high < 1
    half = [np.arctanh(end) - np.arctanh(values.mean()) for end in (found.low, found.high)]
    assert half[0] == pytest.approx(-half[1])
    error = values.std(ddof=1) / 3**0.5
    assert half[1] == pytest.approx(stats.t.ppf(0.975, 2) * error / (1 - values.mean() ** 2))
    mirrored = interval(-values, unit="coefficient")
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


def test_values_that_are_equal_but_for_rounding_have_no_interval():
    gains = np.array([0.11 - 0.07, 0.10 - 0.06])
    assert gains[0] != gains[1]
    found = interval(gains, unit="change")
    assert math.isnan(found.low)
    assert math.isnan(found.high)


@pytest.mark.parametrize("unit", ["number", "signed", "change"])
def test_numbers_of_either_sign_use_no_other_scale(unit):
    assert interval([-1, 0, 1], unit).high == pytest.approx(4.302653 / math.sqrt(3), abs=1e-6)


@pytest.mark.parametrize("transform", ["identity", "logit", "log", "artanh"])
def test_the_interval_of_few_seeds_is_students(transform):
    values = np.array([0.2, 0.4, 0.9])
    found = mean_interval(values, transform)
    expected = student(values.mean(), values.std(ddof=1), 3, transform)
    assert (found.low, found.high) == pytest.approx(expected)


# Numbers as a normal distribution has them: BCa has nothing to correct in them.
QUANTILES = stats.norm.ppf((np.arange(LEAST_FOR_BOOTSTRAP) + 0.5) / LEAST_FOR_BOOTSTRAP)


def test_many_seeds_are_bootstrapped_as_wide_as_students_t():
    found = interval(QUANTILES)
    half = stats.t.ppf(0.975, LEAST_FOR_BOOTSTRAP - 1) * stats.sem(QUANTILES)
    assert (found.low, found.high) != pytest.approx((-half, half), rel=1e-6)
    assert (found.low, found.high) == pytest.approx((-half, half), rel=0.03)


def test_one_seed_fewer_is_not_bootstrapped():
    values = QUANTILES[1:]
    found = interval(values)
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    assert (found.low, found.high) == pytest.approx((found.mean - half, found.mean + half))


def test_a_diverged_seed_does_not_make_the_sample_large_enough():
    fewer, diverged = interval(QUANTILES[1:]), interval([*QUANTILES[1:], math.nan])
    assert (diverged.low, diverged.high) == (fewer.low, fewer.high)


@pytest.mark.parametrize("unit", ["number", "share", "epochs", "size", "coefficient", "change"])
def test_the_bootstrap_is_skewed_as_the_values_and_the_same_each_time(unit):
    values = 0.1 + 0.05 * np.exp(QUANTILES)
    found = interval(values, unit)
    assert found.high - found.mean > 1.2 * (found.mean - found.low)
    assert found == interval(values, unit)
    mixed = interval(values[::-1], unit)
    assert (mixed.low, mixed.high) == pytest.approx((found.low, found.high), rel=1e-12)


def test_the_bootstrap_leaves_alone_what_has_no_spread_and_outcomes():
    n = LEAST_FOR_BOOTSTRAP
    assert interval([1.0] * n, "share", 10).low == pytest.approx(0.025 ** (1 / 10))
    assert math.isnan(interval([0.9] * n).low)
    outcomes = interval([1] * (n - 1) + [0], "seeds", 1)
    assert (outcomes.low, outcomes.high) == pytest.approx(
        (stats.beta.ppf(0.025, n - 1, 2), stats.beta.ppf(0.975, n, 1))
    )


def test_one_image_wrong_in_one_of_many_seeds_is_bootstrapped_within_0_and_1():
    # Of 20 seeds one has one image of 360 wrong: a resample has it up to a few times.
    found = interval([1.0] * (LEAST_FOR_BOOTSTRAP - 1) + [359 / 360], "share", 360)
    assert 0.998 < found.low < found.mean < found.high <= 1


def test_the_bootstrap_tells_resamples_of_equal_mean_as_well_of_shares_as_of_counts():
    # Sums of counts are exact.
    random = np.random.default_rng(0)
    for counts in random.binomial(997, 0.999, (20, LEAST_FOR_BOOTSTRAP)):
        shares, exact = interval(counts / 997, "share", 997), interval(counts)
        assert (shares.low, shares.high) == pytest.approx(
            (exact.low / 997, exact.high / 997), rel=1e-9
        )


@given(right=st.lists(st.integers(0, 50), min_size=20, max_size=24))
@settings(max_examples=25, deadline=None)
def test_the_bootstrap_of_shares_holds_their_mean_and_stays_between_0_and_1(right):
    found = interval([k / 50 for k in right], unit="share", points=50)
    assert 0 <= found.low <= found.mean + 1e-12
    assert found.mean - 1e-12 <= found.high <= 1
