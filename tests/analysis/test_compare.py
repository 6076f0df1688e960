import math

import pandas as pd
import pytest

from rethinking.analysis.compare import compare_summaries


def summary(mean, low=math.nan, high=math.nan, metric="test_accuracy", excluded=0):
    keys = {"dataset": "d", "condition": "random_pixels", "label_noise": math.nan}
    row = {"model": "m", "recipe": "r", "metric": metric, "n": 5, "excluded": excluded}
    return pd.DataFrame([keys | row | {"mean": mean, "low": low, "high": high}])


def verdict(ours, reference):
    (found,) = compare_summaries(ours, reference)["verdict"]
    return found


@pytest.mark.parametrize(
    ("mean", "expected"), [(0.5, "reproduced"), (0.57, "reproduced"), (0.59, "differs")]
)
def test_intervals_that_overlap_are_reproduced(mean, expected):
    ours = summary(mean, mean - 0.03, mean + 0.03)
    assert verdict(ours, summary(0.5, 0.45, 0.55)) == expected


@pytest.mark.parametrize(
    ("metric", "mean", "expected"),
    [
        ("test_accuracy", 1.009, "reproduced"),
        ("test_accuracy", 1.011, "differs"),
        ("epochs", 1.9, "reproduced"),
        ("epochs", 2.1, "differs"),
        ("interpolated", 0.999, "differs"),
        ("train_loss", 1.009, "reproduced"),
        ("train_loss", 1.011, "differs"),
    ],
)
def test_without_intervals_the_tolerance_of_the_unit_decides(metric, mean, expected):
    assert verdict(summary(mean, metric=metric), summary(1.0, metric=metric)) == expected


def test_what_is_not_there_is_missing():
    assert verdict(summary(0.5).iloc[:0], summary(0.5)) == "missing"
    assert verdict(summary(0.5, metric="epochs"), summary(0.5)) == "missing"


def test_exclusions_count():
    assert verdict(summary(0.5, excluded=1), summary(0.5)) == "differs"
    assert verdict(summary(math.nan), summary(0.5)) == "differs"
    assert verdict(summary(math.nan), summary(math.nan)) == "reproduced"
