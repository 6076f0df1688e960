"""Means over seeds with 95 % intervals."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, logit, ndtr, stdtrit

from rethinking.names.units import Transform

LEVEL = 0.95
# Values that differ by no more, relative to the largest, are equal but for rounding.
ROUNDING = 1e-12
# Fewer seeds than this are not bootstrapped: BCa intervals of nominally 95 % hold the mean of a
# normal distribution in about 73 % of samples of 3 and 84 % of samples of 5.
LEAST_FOR_BOOTSTRAP = 20
# Means of resamples that agree to so many decimals, of the range of the values, are equal.
DECIMALS = 9


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
    values: NDArray[np.float64], transform: Transform = "identity", points: int | None = None
) -> Interval:
    """The mean over seeds with a 95 % interval over seeds.

    Student's t, by the delta method on another scale where values are bounded: on the logit scale
    logit(m) ± t · s / (√n · m (1 − m)) for mean m and standard deviation s, so that the interval
    holds the mean and stays within [0, 1]; on the logarithmic scale, for positive values,
    log(m) ± t · s / (√n · m); on Fisher's, for values between −1 and 1,
    artanh(m) ± t · s / (√n · (1 − m²)). Where all seeds agree on a share of images that were
    sampled, there is no spread between seeds, and the exact binomial interval of the images
    (Clopper & Pearson, 1934) takes its place. An outcome that a seed either has or not
    (``points`` 1) gets the binomial interval of the seeds. A single seed gives no interval, nor do
    other equal values.

    From :data:`LEAST_FOR_BOOTSTRAP` seeds on, the BCa bootstrap (Efron, 1987, JASA 82, 171-185)
    takes the place of Student's t on all scales. As it is, it goes by normal quantiles and by the
    standard deviation with n in the denominator, so that of 20 normal values it covers 92.5 %
    rather than 95 %; its level is raised to 2 Φ(t √(n / (n − 1))) − 1 as Hesterberg (2015, The
    American Statistician 69, 371-386) does for percentile intervals. The resamples are always the
    same.

    Args:
        values: One for each seed; NaN for one that has none.
        transform: The scale on which the interval is made.
        points: For shares of a sample, its size; 1 for an outcome of a whole run.
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
    """Whether finite values, at least one, are equal but for rounding."""
    return bool(np.ptp(values) <= ROUNDING * np.abs(values).max())


def student(mean: float, deviation: float, n: int, transform: Transform) -> tuple[float, float]:
    """Student's interval of a mean, on some scale.

    Args:
        mean: Of the values.
        deviation: Their standard deviation.
        n: Their number, at least 2.
        transform: The scale.
    """
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
    """The BCa interval of the mean, the same for any order of the seeds.

    Of shares, many resamples have the very mean of the sample, which BCa counts half. The last
    digits of a sum would hide that, so means are rounded, in units of the range of the values.
    """
    # Takes longer to import than most tables take to make, and few have so many seeds.
    from scipy import stats

    n, mean, spread = len(values), values.mean(), np.ptp(values)
    quantile = stdtrit(n - 1, (1 + LEVEL) / 2) * math.sqrt(n / (n - 1))
    found = stats.bootstrap(
        ((np.sort(values) - mean) / spread,),
        _rounded_mean,
        confidence_level=float(2 * ndtr(quantile) - 1),
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    # No resample has a mean beyond the values; rounded, it may.
    low, high = np.clip(mean + spread * np.array(found), values.min(), values.max())
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
