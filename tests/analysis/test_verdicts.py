"""From the values of units to a verdict: regions, intervals, bounds, p-values."""

import math

import numpy as np
import pytest

from rethinking.analysis.query import Sample
from rethinking.analysis.verdicts import Region, adjusted, deciding, judge, region_of, worst

NAN = math.nan


def sample(*values, **keys):
    return Sample({"model": "m"}, range(len(values)), np.array(values, dtype=float), **keys)


ABOVE_0 = Region(0, math.inf, closed=False)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        # Half widths are t(.975, 2) s / √3, with s = .1: .248.
        ((0.2, 0.3, 0.4), "supported"),
        ((-0.2, -0.3, -0.4), "refuted"),
        ((0.1, 0.2, 0.3), "undecided"),
    ],
)
def test_the_whole_interval_decides(values, verdict):
    assert judge(sample(*values), ABOVE_0, "t")["verdict"] == verdict


def test_equivalence_needs_the_interval_within_the_margin():
    around = region_of(
        {"around": "chance_error", "margin": {"default": 0.05, "full": 0.01}}, 0.1, "demo"
    )
    assert (around.low, around.high) == pytest.approx((0.85, 0.95))
    assert judge(sample(0.899, 0.9, 0.901), around, "t")["verdict"] == "supported"
    assert judge(sample(0.87, 0.9, 0.93), around, "t")["verdict"] == "undecided"
    assert judge(sample(0.799, 0.8, 0.801), around, "t")["verdict"] == "refuted"
    narrow = region_of({"around": 0.9, "margin": {"default": 0.05, "full": 0.001}}, 0.1, "full")
    assert judge(sample(0.899, 0.9, 0.901), narrow, "t")["verdict"] == "undecided"


def test_ends_belong_to_a_region_or_not():
    assert region_of({"at_least": 1}, 0.1, "s").holds(1, 2)
    assert not region_of({"above": 1}, 0.1, "s").holds(1, 2)
    assert region_of({"above": 1}, 0.1, "s").excludes(0, 1)
    assert not region_of({"at_most": 1}, 0.1, "s").excludes(1, 2)
    assert region_of({"below": "chance_accuracy"}, 0.1, "s").excludes(0.1, 0.2)
    assert region_of({"within": [0, 2]}, 0.1, "s").holds(0, 2)


def test_a_unit_without_a_value_leaves_it_undecided():
    found = judge(sample(0.3, NAN, 0.3001, 0.3002), ABOVE_0, "t")
    assert (found["verdict"], found["why"]) == ("undecided", "1 of 4 units have no value")
    assert (found["n"], found["excluded"], found["seeds"]) == (3, 1, [0, 2, 3])
    assert judge(sample(NAN), ABOVE_0, "t")["estimate"] is None


def test_one_unit_or_equal_ones_leave_it_undecided_but_for_shares_of_a_sample():
    assert judge(sample(0.3), ABOVE_0, "t")["why"] == "one unit gives no interval"
    assert "no interval: all units agree" in judge(sample(0.3, 0.3), ABOVE_0, "t")["why"]
    found = judge(sample(1.0, 1.0, points=360), Region(0.98, math.inf), "logit_t")
    assert found["verdict"] == "supported", "Clopper and Pearson: from .9898"
    found = judge(sample(0.9, 1.0), Region(0.95, math.inf), "range")
    assert (found["verdict"], found["low"], found["high"]) == ("undecided", 0.9, 1.0)


def test_what_is_a_lower_bound_cannot_refute_from_below():
    stopped = sample(0.2, 0.3, 0.4, at_least=frozenset({1}))
    fitted = Region(0.99, math.inf)
    assert judge(stopped, fitted, "t")["verdict"] == "refuted"
    assert judge(stopped, fitted, "t", "lower")["verdict"] == "undecided"
    assert judge(stopped, fitted, "t", "lower_where_unfitted")["high"] is None
    assert judge(sample(0.2, 0.3, 0.4), fitted, "t", "lower_where_unfitted")["verdict"] == "refuted"
    # It can support, and refute what was to be below.
    assert judge(stopped, ABOVE_0, "t", "lower")["verdict"] == "supported"
    assert judge(stopped, Region(-math.inf, -1), "t", "lower")["verdict"] == "refuted"


ALL = frozenset({0, 1, 2})
AT_MOST_TENTH = Region(-math.inf, 0.1)


@pytest.mark.parametrize(
    ("values", "bounds", "expected"),
    [
        # None had reached it with the most images, or all had with the fewest.
        ((5.0, 5.0, 5.0), {"at_least": ALL}, (5.0, None, "refuted", None)),
        ((0.1, 0.1, 0.1), {"at_most": ALL}, (None, 0.1, "supported", None)),
        ((0.05, 0.05, 0.05), {"at_least": ALL}, (0.05, None, "undecided", None)),
        # One that is no bound says that there is no spread, and not where all are.
        ((5.0, 5.0, 5.0), {"at_least": {0, 1}}, (None, None, "undecided", "no interval: all")),
        ((5.0, 5.0, 5.0), {}, (None, None, "undecided", "no interval: all")),
        ((5.0,), {"at_least": {0}}, (None, None, "undecided", "one unit gives no")),
        # A unit without a value has no bound either.
        ((5.0, 5.0, math.inf), {"at_least": ALL}, (5.0, None, "undecided", "1 of 3 units")),
        ((4.0, 5.0, 5.0), {"at_least": {1, 2}, "at_most": {0}},
         (None, None, "undecided", "no interval: values are bounds, some from below and some")),
        ((5.0, 5.0, 5.0), {"at_least": ALL, "at_most": ALL},
         (None, None, "undecided", "no interval: values are bounds, some from below and some")),
    ],
)  # fmt: skip
def test_units_that_all_were_stopped_at_one_value_have_it_for_a_bound(values, bounds, expected):
    marked = {key: frozenset(units) for key, units in bounds.items()}
    found = judge(sample(*values, **marked), AT_MOST_TENTH, "log_t", "lower_where_unfitted")
    low, high, verdict, why = expected
    assert (found["low"], found["high"], found["verdict"]) == (low, high, verdict)
    assert (found["why"] or "").startswith(why or "")
    assert (found["why"] is None) == (why is None)
    assert found["estimate"] == pytest.approx(np.mean([one for one in values if one < math.inf]))


def test_ratios_at_or_below_zero_get_a_plain_interval():
    found = judge(sample(-0.1, 0.2, 0.5), Region(-math.inf, 10), "log_t")
    assert found["low"] == pytest.approx(0.2 - 4.302653 * 0.3 / math.sqrt(3), abs=1e-5)
    assert found["verdict"] == "supported"


def test_p_values_are_of_sign_changes_and_have_a_least():
    found = judge(sample(1.0, 2.0, 3.0), ABOVE_0, "t")
    assert found["p_value"] == found["least_p_value"] == 1 / 8
    # Of the eight sign changes of -1, 2, 3 five have a mean of 4/3 or more: 6, 4, and itself.
    assert judge(sample(-1.0, 2.0, 3.0), ABOVE_0, "t")["p_value"] == 2 / 8
    two = judge(sample(1.0, 2.0, 3.0), Region(0, 10), "t")
    assert two["p_value"] == 1 / 8, "both ends"
    assert judge(sample(1.0, 2.0), ABOVE_0, "range")["p_value"] is None


def test_effect_sizes_are_distances_in_standard_deviations():
    assert judge(sample(1.0, 2.0, 3.0), ABOVE_0, "t")["effect_size"] == pytest.approx(2)
    assert judge(sample(1.0, 2.0, 3.0), Region(0, 3), "t")["effect_size"] == pytest.approx(1)
    assert judge(sample(1.0, 1.0), ABOVE_0, "t")["effect_size"] is None


def test_what_would_decide_is_told():
    found = judge(sample(0.1, 0.2, 0.3), ABOVE_0, "t")
    # t(.975, 3) .1 / √4 = .159 < .2.
    assert (found["verdict"], found["units_needed"]) == ("undecided", 4)
    # On the scale of the interval: with four, the upper end is .868 there, .880 on the plain one.
    share = judge(sample(0.75, 0.8, 0.85), Region(-math.inf, 0.875), "logit_t")
    assert (share["verdict"], share["units_needed"]) == ("undecided", 4)
    assert judge(sample(-1.0, 1.0, 0.0), ABOVE_0, "t")["units_needed"] is None
    assert judge(sample(1.0, 2.0, 3.0, 2.0), ABOVE_0, "t")["units_needed"] is None


def test_holm_by_hand():
    assert adjusted([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03), None, pytest.approx(0.06), pytest.approx(0.06),
    ]  # fmt: skip
    assert adjusted([None]) == [None]


def test_a_verdict_rests_on_the_worst():
    assert worst(["supported", "undecided", "supported"]) == "undecided"
    assert worst(["undecided", "refuted", "not tested"]) == "refuted"
    tests = [
        {"verdict": verdict, "low": low, "high": low + 1, "estimate": low}
        for verdict, low in (
            ("supported", 1),
            ("undecided", -0.5),
            ("undecided", -0.9),
            ("supported", 5),
        )
    ]
    assert deciding(tests, ABOVE_0, "each") == 2
    assert deciding(tests, ABOVE_0, "some") == 3
