import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rethinking.analysis.intervals import mean_interval


def interval(values, points=None):
    return mean_interval(np.array(values, dtype=float), points)


def test_students_t_by_hand():
    # Mean 2, standard deviation 1, n = 3; t(0.975, 2) = 4.302653.
    found = interval([1, 2, 3])
    assert (found.mean, found.n, found.excluded) == (2, 3, 0)
    assert found.low == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert found.high == pytest.approx(2 + 4.302653 / math.sqrt(3), abs=1e-6)


def test_shares_use_the_empirical_logit():
    # 8 and 6 of 10 right: logits log(8.5/2.5), log(6.5/4.5); t(0.975, 1) = 12.706205.
    found = interval([0.8, 0.6], points=10)
    logits = [math.log(8.5 / 2.5), math.log(6.5 / 4.5)]
    half = 12.706205 * abs(logits[0] - logits[1]) / 2
    middle = sum(logits) / 2
    assert found.mean == pytest.approx(0.7)
    assert found.low == pytest.approx(1 / (1 + math.exp(half - middle)), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + math.exp(-half - middle)), abs=1e-6)


def test_shares_that_agree_get_the_binomial_interval_of_their_images():
    # Clopper & Pearson for 10 of 10: [0.025^(1/10), 1].
    found = interval([1.0, 1.0, 1.0], points=10)
    assert found.low == pytest.approx(0.025 ** (1 / 10))
    assert found.high == 1


def test_outcomes_get_the_binomial_interval_of_the_seeds():
    found = interval([1, 1, 1, 1, 1], points=1)
    assert (found.mean, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 5))


@pytest.mark.parametrize("points", [None, 10])
def test_one_seed_gives_no_interval(points):
    found = interval([0.5], points)
    assert found.mean == 0.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_equal_values_that_are_not_shares_give_no_interval():
    assert math.isnan(interval([7, 7, 7]).low)


def test_what_diverged_is_counted_and_left_out():
    found = interval([1, math.nan, 3])
    assert (found.mean, found.n, found.excluded) == (2, 2, 1)


def test_nothing_but_diverged_runs():
    found = interval([math.nan, math.nan], points=10)
    assert (found.n, found.excluded) == (0, 2)
    assert math.isnan(found.mean)


@given(right=st.lists(st.integers(0, 50), min_size=2, max_size=8))
def test_intervals_of_shares_are_ordered_and_stay_between_0_and_1(right):
    found = interval([k / 50 for k in right], points=50)
    assert 0 <= found.low <= found.high <= 1


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8),
    shift=st.floats(-1e6, 1e6),
)
def test_intervals_move_with_their_values(values, shift):
    found, moved = interval(values), interval([value + shift for value in values])
    if not (math.isnan(found.low) or math.isnan(moved.low)):
        assert moved.low == pytest.approx(found.low + shift, abs=1e-3)
        assert moved.high == pytest.approx(found.high + shift, abs=1e-3)
