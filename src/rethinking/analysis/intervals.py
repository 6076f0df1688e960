"""Means over seeds with 95 % intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and what it may be.

    Attributes:
        n: How many seeds it rests on.
        excluded: How many more have no value, because they diverged.
        mean: The arithmetic mean; NaN where n is 0.
        low: The lower end of the 95 % interval; NaN where the seeds do not give one.
        high: The upper end.
    """

    n: int
    excluded: int
    mean: float
    low: float
    high: float


def mean_interval(values: NDArray[np.float64], points: int | None) -> Interval:
    """The mean over seeds with a 95 % interval over seeds.

    Student's t. A share of a count of images is treated on the scale of the empirical logit,
    log((k + ½) / (m − k + ½)) with k of m images right (Haldane, 1956), so that no interval leaves
    [0, 1]. Where all seeds agree on a share there is no spread between them to go by, and the exact
    binomial interval of the images (Clopper & Pearson, 1934) stands in. An outcome that a seed
    either has or not (``points`` 1) gets the binomial interval of the seeds. A single seed, and
    values other than shares that are all equal, give no interval.

    Args:
        values: One for each seed; NaN for one that diverged.
        points: For shares, the count of images (or 1) in each value; None for all else.
    """
    known = values[~np.isnan(values)]
    n, excluded = len(known), len(values) - len(known)
    if n == 0:
        return Interval(0, excluded, math.nan, math.nan, math.nan)
    low, high = _ends(known, points)
    return Interval(n, excluded, float(known.mean()), low, high)


def _ends(values: NDArray[np.float64], points: int | None) -> tuple[float, float]:
    if points == 1:
        return _binomial(values.sum(), len(values))
    if len(values) < 2:
        return math.nan, math.nan
    if np.ptp(values) == 0:
        return (math.nan, math.nan) if points is None else _binomial(values[0] * points, points)
    if points is None:
        return _student(values)
    right = values * points
    low, high = _student(np.log((right + 0.5) / (points - right + 0.5)))
    return float(expit(low)), float(expit(high))


def _student(values: NDArray[np.float64]) -> tuple[float, float]:
    interval = stats.ttest_1samp(values, 0).confidence_interval(LEVEL)
    return float(interval.low), float(interval.high)


def _binomial(right: float, points: int) -> tuple[float, float]:
    low, high = proportion_confint(round(right), points, alpha=1 - LEVEL, method="beta")
    return float(low), float(high)
