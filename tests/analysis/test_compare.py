"""When a published number is reproduced: intervals that overlap, or the tolerance of its unit."""

import math

import pandas as pd
import pytest

from rethinking.analysis.compare import compare_summaries
from rethinking.names.units import UNITS


def summary(mean, low=math.nan, high=math.nan, metric="m", unit="share", excluded=0):
    keys = {"dataset": "d", "condition": "random_pixels", "label_noise": math.nan}
    row = {"model": "m", "recipe": "r", "metric": metric, "unit": unit, "n": 5}
    ends = {"excluded": excluded, "mean": mean, "low": low, "high": high}
    return pd.DataFrame([keys | row | ends])


def verdict(ours, reference):
    (found,) = compare_summaries(ours, reference)["verdict"]
    return found


@pytest.mark.parametrize(
    ("mean", "expected"), [(0.5, "reproduced"), (0.57, "reproduced"), (0.59, "differs")]
)
def test_intervals_that_overlap_are_reproduced(mean, expected):
    ours = summary(mean, mean - 0.03, mean + 0.03)
    assert verdict(ours, summary(0.5, 0.45, 0.55)) == expected


BY_UNIT = [
    ("share", 1.009, "reproduced"),
    ("share", 1.011, "differs"),
    ("change", 1.009, "reproduced"),
    ("change", 1.011, "differs"),
    ("epochs", 1.9, "reproduced"),
    ("epochs", 2.1, "differs"),
    ("seeds", 0.999, "differs"),
    ("rounding", 1 + 9e-7, "reproduced"),
    ("rounding", 1 + 2e-6, "differs"),
    # Units without a tolerance of their own: 1 % of the published mean.
    ("number", 1.009, "reproduced"),
    ("number", 1.011, "differs"),
    ("size", 1.009, "reproduced"),
    ("size", 1.011, "differs"),
]


@pytest.mark.parametrize(("unit", "mean", "expected"), BY_UNIT)
def test_without_intervals_the_tolerance_of_the_unit_decides(unit, mean, expected):
    assert verdict(summary(mean, unit=unit), summary(1.0, unit=unit)) == expected


@pytest.mark.parametrize(("unit", "mean", "expected"), BY_UNIT)
def test_the_unit_is_ours_also_where_the_published_summary_has_none(unit, mean, expected):
    published = summary(1.0, unit=unit).drop(columns="unit")
    assert verdict(summary(mean, unit=unit), published) == expected
    # Nor does it matter what the published summary took it for.
    assert verdict(summary(mean, unit=unit), summary(1.0, unit="text")) == expected


def test_a_relative_tolerance_is_of_the_published_mean():
    assert UNITS["size"].tolerance is None
    assert verdict(summary(-202, unit="size"), summary(-200, unit="size")) == "reproduced"
    assert verdict(summary(-202.1, unit="size"), summary(-200, unit="size")) == "differs"


def test_two_summaries_without_units_are_compared_by_the_relative_tolerance():
    published, other = (summary(mean).drop(columns="unit") for mean in (10, 10.05))
    assert verdict(other, published) == "reproduced"
    assert verdict(summary(10.2).drop(columns="unit"), published) == "differs"


def test_what_is_not_there_is_missing():
    assert verdict(summary(0.5).iloc[:0], summary(0.5)) == "missing"
    assert verdict(summary(0.5, metric="epochs"), summary(0.5)) == "missing"


def test_exclusions_count():
    assert verdict(summary(0.5, excluded=1), summary(0.5)) == "differs"
    assert verdict(summary(math.nan), summary(0.5)) == "differs"
    assert verdict(summary(math.nan), summary(math.nan)) == "reproduced"


def test_both_means_stand_beside_the_keys_of_each_published_row():
    published = pd.concat([summary(0.5), summary(0.7, metric="other")])
    found = compare_summaries(summary(0.505), published)
    keys = ["dataset", "condition", "label_noise", "model", "recipe", "metric"]
    assert list(found.columns) == [*keys, "mean_reference", "mean", "verdict"]
    assert list(found["mean_reference"]) == [0.5, 0.7]
    assert list(found["verdict"]) == ["reproduced", "missing"]
