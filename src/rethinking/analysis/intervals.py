"""Means over seeds with 95 % intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95
# Values that differ by no more, relative to the largest, are equal but for rounding.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and what it may be.

    Attributes:
        n: How many seeds it rests on.
        excluded: How many more have no value: they diverged, or what is counted did not happen.
        mean: The arithmetic mean; NaN where n is 0.
        low: The lower end of the 95 % interval; NaN where the seeds do not give one.
        high: The upper end.
    """

    n: int
    excluded: int
    mean: float
    low: float
    high: float


def mean_interval(
    values: NDArray[np.float64], unit: str = "number", points: int | None = None
) -> Interval:
    """The mean over seeds with a 95 % interval over seeds.

    Student's t. For a share the interval is made on the logit scale, by the delta method:
    logit(m) ± t · s / (√n · m (1 − m)) for mean m and standard deviation s, so that it holds the
    mean and stays within [0, 1]; for epochs, ratios and sizes, which are positive, likewise on the
    logarithmic scale, log(m) ± t · s / (√n · m); for coefficients, which are between −1 and 1, on
    Fisher's scale, artanh(m) ± t · s / (√n · (1 − m²)). Where all seeds agree on a share of images
    that were sampled, there is no spread between seeds to go by, and the exact binomial interval of
    the images (Clopper & Pearson, 1934) stands in. An outcome that a seed either has or not
    (``points`` 1) gets the binomial interval of the seeds. A single seed gives no interval, nor do
    other equal values.

    Args:
        values: One for each seed; NaN for one that has none.
        unit: As ``rethinking.analysis.units.unit_of`` gives it.
        points: For shares of a sample, its size; 1 for an outcome of a whole run.
    """
    known = values[~np.isnan(values)]
    n, excluded = len(known), len(values) - len(known)
    if n == 0:
        return Interval(0, excluded, math.nan, math.nan, math.nan)
    low, high = _ends(known, unit, points)
    return Interval(n, excluded, float(known.mean()), low, high)


def _ends(values: NDArray[np.float64], unit: str, points: int | None) -> tuple[float, float]:
    n, mean = len(values), values.mean()
    if points == 1:
        return _binomial(values.sum(), n)
    same = np.ptp(values) <= ROUNDING * np.abs(values).max()
    if n > 1 and same and points is not None:
        return _binomial(mean * points, points)
    if n < 2 or same:
        return math.nan, math.nan
    error = stats.sem(values)
    if unit in ("share", "seeds"):
        low, high = expit(stats.t.interval(LEVEL, n - 1, logit(mean), error / (mean * (1 - mean))))
    elif unit in ("epochs", "ratio", "size", "rounding"):
        low, high = np.exp(stats.t.interval(LEVEL, n - 1, np.log(mean), error / mean))
    elif unit == "coefficient":
        ends = stats.t.interval(LEVEL, n - 1, np.arctanh(mean), error / (1 - mean**2))
        low, high = np.tanh(ends)
    else:
        low, high = stats.t.interval(LEVEL, n - 1, mean, error)
    return float(low), float(high)


def _binomial(right: float, points: int) -> tuple[float, float]:
    low, high = proportion_confint(round(right), points, alpha=1 - LEVEL, method="beta")
    return float(low), float(high)
