"""Means over seeds with 95 % intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, logit, ndtr, stdtrit

from rethinking.names.units import Transform

LEVEL = 0.95
# Values that differ by at most this, relative to the largest, are equal up to rounding.
ROUNDING = 1e-12
# The least number of seeds for a bootstrap: nominal 95 % BCa intervals cover the mean of a normal
# distribution in about 73 % of samples of 3 and 84 % of samples of 5.
LEAST_FOR_BOOTSTRAP = 20
# Decimals, in units of the range of the values, to which means of resamples are rounded.
DECIMALS = 9


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval."""

    n: int  # the number of seeds with a value
    # The number of seeds without: they diverged, or the counted event did not happen.
    excluded: int
    mean: float  # the arithmetic mean; NaN where n is 0
    low: float  # the lower end of the interval; NaN if the seeds give none
    high: float


def mean_interval(
    values: NDArray[np.float64], transform: Transform = "identity", points: int | None = None
) -> Interval:
    """Compute the mean over seeds with a 95 % interval over seeds.

    Student's t, by the delta method on another scale where values are bounded: on the logit scale
    logit(m) ± t · s / (√n · m (1 − m)) for mean m and standard deviation s, so that the interval
    contains the mean and stays within [0, 1]; on the logarithmic scale, for positive values,
    log(m) ± t · s / (√n · m); on Fisher's scale, for values between −1 and 1,
    artanh(m) ± t · s / (√n · (1 − m²)). If all seeds agree on a share of sampled images, the spread
    between seeds is zero, and the exact binomial interval of the images (Clopper & Pearson, 1934)
    takes its place. A binary outcome of a seed (``points`` 1) has the binomial interval of the
    seeds. A single seed has no interval, nor have other equal values.

    From :data:`LEAST_FOR_BOOTSTRAP` seeds on, the BCa bootstrap (Efron, 1987, JASA 82, 171-185)
    replaces Student's t on all scales. It uses normal quantiles and the standard deviation with n
    in the denominator, so that for 20 normal values it covers 92.5 % rather than 95 %; its level is
    therefore raised to 2 Φ(t √(n / (n − 1))) − 1, as Hesterberg (2015, The American Statistician
    69, 371-386) does for percentile intervals. The resamples are always the same.

    Args:
        values: One value for each seed; NaN for a seed without.
        transform: The scale of the interval.
        points: The sample size of shares of a sample; 1 for an outcome of a whole run.
    """
    known = values[~np.isnan(values)]
    n, excluded = len(known), len(values) - len(known)
    if n == 0:
        return Interval(0, excluded, math.nan, math.nan, math.nan)
    low, high = _ends(known, transform, points)
    return Interval(n, excluded, float(known.mean()), low, high)


def _ends(
    values: NDArray[np.float64], transform: Transform, points: int | None
) -> tuple[float, float]:
    n, mean = len(values), values.mean()
    if points == 1:
        return _binomial(values.sum(), n)
    same = agree(values)
    if n > 1 and same and points is not None:
        return _binomial(mean * points, points)
    if n < 2 or same:
        return math.nan, math.nan
    if n >= LEAST_FOR_BOOTSTRAP:
        return _bootstrap(values)
    return student(mean, values.std(ddof=1), n, transform)


def agree(values: NDArray[np.float64]) -> bool:
    """Whether one or more finite values are equal up to rounding."""
    return bool(np.ptp(values) <= ROUNDING * np.abs(values).max())


def student(mean: float, deviation: float, n: int, transform: Transform) -> tuple[float, float]:
    """Student's interval of the mean of n ≥ 2 values with some standard deviation, on a scale."""
    half = stdtrit(n - 1, (1 + LEVEL) / 2) * deviation / math.sqrt(n)
    ends = np.array([-half, half])
    match transform:
        case "logit":
            low, high = expit(logit(mean) + ends / (mean * (1 - mean)))
        case "log":
            low, high = np.exp(np.log(mean) + ends / mean)
        case "artanh":
            low, high = np.tanh(np.arctanh(mean) + ends / (1 - mean**2))
        case _:
            low, high = mean + ends
    return float(low), float(high)


def _bootstrap(values: NDArray[np.float64]) -> tuple[float, float]:
    """The BCa interval of the mean, independent of the order of the seeds.

    For shares, many resamples have exactly the mean of the sample, and BCa counts these half.
    Rounding errors in sums would hide such ties, so means are rounded.
    """
    # The import takes longer than most tables, and few tables have so many seeds.
    from scipy import stats

    n, mean, spread = len(values), values.mean(), np.ptp(values)
    quantile = stdtrit(n - 1, (1 + LEVEL) / 2) * math.sqrt(n / (n - 1))
    interval = stats.bootstrap(
        ((np.sort(values) - mean) / spread,),
        _rounded_mean,
        confidence_level=float(2 * ndtr(quantile) - 1),
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    # The rounded mean of a resample may lie beyond the values.
    low, high = np.clip(mean + spread * np.array(interval), values.min(), values.max())
    return float(low), float(high)


def _rounded_mean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = values.mean(axis=axis).round(DECIMALS)
    return rounded


def _binomial(right: float, points: int) -> tuple[float, float]:
    """Clopper & Pearson's interval: quantiles of beta distributions."""
    k, tail = round(right), (1 - LEVEL) / 2
    low = betaincinv(k, points - k + 1, tail) if k > 0 else 0
    high = betaincinv(k + 1, points - k, 1 - tail) if k < points else 1
    return float(low), float(high)
