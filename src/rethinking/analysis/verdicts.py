"""From the values of units to a verdict on a claimed region."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from rethinking.analysis.intervals import agree, mean_interval, student
from rethinking.analysis.query import Sample
from rethinking.names.units import Transform

Verdict = Literal["supported", "refuted", "undecided", "not tested"]

# From the worst on: a claim is no better than its worst criterion.
ORDER: tuple[Verdict, ...] = ("refuted", "not tested", "undecided", "supported")
# The intervals of the ledger and their scales.
INTERVALS: Mapping[str, Transform] = {
    "t": "identity",
    "logit_t": "logit",
    "log_t": "log",
    "fisher_t": "artanh",
}
# The interval of deterministic outcomes: the range of all units.
EXACT = "range"
# The largest number of units for which all sign changes are tried.
EXHAUSTIVE = 13
MOST_UNITS = 1000


@dataclass(frozen=True)
class Region:
    """The region where an estimate must lie for a claim to hold."""

    low: float  # minus infinity if there is no lower end
    high: float
    closed: bool = True  # whether it contains its ends

    def holds(self, low: float, high: float) -> bool:
        """Whether an interval lies inside entirely."""
        above = self.low == -math.inf or (self.low <= low if self.closed else self.low < low)
        below = self.high == math.inf or (high <= self.high if self.closed else high < self.high)
        return above and below

    def excludes(self, low: float, high: float) -> bool:
        """Whether an interval lies outside entirely, on one side."""
        if self.closed:
            return high < self.low or low > self.high
        return high <= self.low or low >= self.high

    def room(self, low: float, high: float) -> float:
        """The distance of an interval from the nearer end; negative outside."""
        return min(low - self.low, self.high - high)


def region_of(criterion: Mapping[str, Any], chance: float, scale: str) -> Region:
    """The region that a criterion states.

    Args:
        criterion: It has one of ``at_least``, ``at_most``, ``above``, ``below``, ``within`` (a
            pair) and ``around`` (with a ``margin``, which may depend on the scale): numbers, or
            ``chance_accuracy`` or ``chance_error``.
        chance: The accuracy of guessing.
        scale: The name of the scale.
    """
    names = {"chance_accuracy": chance, "chance_error": 1 - chance}

    def number(given: float | str) -> float:
        return names[given] if isinstance(given, str) else float(given)

    if "around" in criterion:
        centre, margin = number(criterion["around"]), criterion["margin"]
        if isinstance(margin, Mapping):
            margin = margin.get(scale, margin["default"])
        return Region(centre - margin, centre + margin)
    if "within" in criterion:
        low, high = map(number, criterion["within"])
        return Region(low, high)
    low = number(criterion.get("at_least", criterion.get("above", -math.inf)))
    high = number(criterion.get("at_most", criterion.get("below", math.inf)))
    return Region(low, high, closed="at_least" in criterion or "at_most" in criterion)


def judge(sample: Sample, region: Region, interval: str, bound: str = "none") -> dict[str, Any]:
    """Judge one sample.

    It is *supported* if its interval lies in the region entirely, *refuted* if the interval lies
    outside entirely, else *undecided*. It is also undecided if a unit has no value, because the
    mean of the others is a biased choice; if there is no interval, because there is one unit or all
    units agree and are no shares of a sample; and if some values are lower bounds and some are
    upper bounds. If values are bounds, the interval is open on the other side; if all values are
    equal bounds, for instance of units that all stopped at the largest number of images, it begins
    or ends there.

    Args:
        sample: One value for each unit.
        region: The claimed region.
        interval: A key of :data:`INTERVALS`, or :data:`EXACT`.
        bound: ``none``; ``lower`` if all values are lower bounds of the claimed quantity;
            ``lower_where_unfitted`` if only values of unfitted networks are bounds.

    Returns:
        ``group``, ``n``, ``excluded`` (the number of units without a value), ``seeds`` (the units
        with a value), ``estimate``, ``low`` and ``high`` (None where missing), ``verdict``, ``why``
        (the reason if it is undecided for another reason than its interval, else None),
        ``effect_size`` (Cohen's d of the distance from the nearer end, positive inside),
        ``p_value`` (of sign changes), ``least_p_value``, ``units_needed`` (the number of units that
        would decide with this mean and spread), ``runs``. Effect size and p-values are None where
        the interval is the range.
    """
    known = np.isfinite(sample.values)
    values = sample.values[known]
    n, excluded = len(values), int((~known).sum())
    seeds = [seed for seed, finite in zip(sample.seeds, known, strict=True) if finite]
    at_least, at_most = (units.intersection(seeds) for units in _bounds(sample, bound))
    low, high = _interval(values, interval, sample.points)
    if n > 1 and math.isnan(low) and agree(values):
        # An interval needs no spread if every unit lies at this bound or beyond.
        low = float(values.min()) if len(at_least) == n else low
        high = float(values.max()) if len(at_most) == n else high
    if at_least:
        high = math.inf
    if at_most:
        low = -math.inf
    mean = float(values.mean()) if n else math.nan
    verdict, why = _verdict(n, excluded, low, high, region)
    inferred = interval != EXACT
    p_value, least = _sign_changes(values, region) if inferred else (None, None)
    open_ended = math.isinf(low) or math.isinf(high)
    return {
        "group": dict(sample.group),
        "n": n,
        "excluded": excluded,
        "seeds": seeds,
        "estimate": _finite(mean),
        "low": _finite(low),
        "high": _finite(high),
        "verdict": verdict,
        "why": why,
        "effect_size": _effect_size(values, region) if inferred else None,
        "p_value": p_value,
        "least_p_value": least,
        "units_needed": (
            units_needed(values, region, interval)
            if inferred and verdict == "undecided" and why is None and not open_ended
            else None
        ),
        "runs": list(sample.runs),
    }


def _bounds(sample: Sample, bound: str) -> tuple[frozenset[int], frozenset[int]]:
    """The units whose values are lower bounds, and those whose values are upper bounds."""
    match bound:
        case "lower":
            return frozenset(sample.seeds), frozenset()
        case "lower_where_unfitted":
            return sample.at_least, sample.at_most
        case _:
            return frozenset(), frozenset()


def _interval(
    values: NDArray[np.float64], interval: str, points: int | None
) -> tuple[float, float]:
    if len(values) == 0:
        return math.nan, math.nan
    if interval == EXACT:
        return float(values.min()), float(values.max())
    mean = mean_interval(values, _transform(values, interval), points)
    return mean.low, mean.high


def _transform(values: NDArray[np.float64], interval: str) -> Transform:
    # Values at or below zero have no logarithm.
    return INTERVALS["t" if interval == "log_t" and values.min() <= 0 else interval]


def _verdict(
    n: int, excluded: int, low: float, high: float, region: Region
) -> tuple[Verdict, str | None]:
    if n == 0:
        return "undecided", "no unit has a value"
    if excluded:
        return "undecided", f"{excluded} of {n + excluded} units have no value"
    if n == 1:
        return "undecided", "one unit gives no interval"
    if math.isinf(low) and math.isinf(high):
        return "undecided", "no interval: values are bounds, some from below and some from above"
    if math.isnan(low) or math.isnan(high):
        return "undecided", "no interval: all units agree, or are beyond the interval's scale"
    if region.holds(low, high):
        return "supported", None
    return ("refuted" if region.excludes(low, high) else "undecided"), None


def _effect_size(values: NDArray[np.float64], region: Region) -> float | None:
    """Cohen's d for one sample: the mean's distance from the nearer end, over the deviation."""
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    mean = float(values.mean())
    return _finite(region.room(mean, mean) / float(values.std(ddof=1)))


def _sign_changes(values: NDArray[np.float64], region: Region) -> tuple[float | None, float | None]:
    """The p-value of the hypothesis that the mean lies outside, and the least possible p-value.

    If an end of the region is the mean and the distribution is symmetric, both signs of the
    distances from this end are equally likely. Both ends must be rejected (Schuirmann, 1987), so
    the larger p-value counts.
    """
    n = len(values)
    if n < 2:
        return None, None
    p_values = []
    # The test for "less" equals the test for "greater" on mirrored distances.
    for distances in (values - region.low, region.high - values):
        if np.isfinite(distances).all():
            result = stats.permutation_test(
                (distances,),
                np.mean,
                permutation_type="samples",
                alternative="greater",
                n_resamples=2**EXHAUSTIVE,  # all sign changes, where there are at most so many
                rng=np.random.default_rng(0),
            )
            p_values.append(float(result.pvalue))
    return max(p_values), 2.0 ** -min(n, EXHAUSTIVE)


def units_needed(values: NDArray[np.float64], region: Region, interval: str) -> int | None:
    """The least number of units for which Student's interval would decide, all else being equal.

    None if more than :data:`MOST_UNITS` are needed, or if the values have no spread.
    """
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    for size in range(len(values) + 1, MOST_UNITS + 1):
        ends = student(mean, deviation, size, _transform(values, interval))
        if region.holds(*ends) or region.excludes(*ends):
            return size
    return None


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a conjunction: the earliest in :data:`ORDER`."""
    return min(verdicts, key=ORDER.index)


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a disjunction: the latest in :data:`ORDER`."""
    return max(verdicts, key=ORDER.index)


def deciding(tests: Sequence[Mapping[str, Any]], region: Region, quantifier: str) -> int:
    """The index of the test that decides the verdict on a criterion.

    It is the test with the worst verdict and, among equals, with the interval (or else estimate)
    that lies the least inside the region; if ``some`` group is enough, it is the best test.
    """

    def rank(index: int) -> tuple[int, float]:
        test = tests[index]
        ends = [test[end] for end in ("low", "high") if test[end] is not None]
        ends = ends or [test["estimate"]] if test["estimate"] is not None else []
        room = region.room(min(ends), max(ends)) if ends else -math.inf
        return ORDER.index(test["verdict"]), room

    return (max if quantifier == "some" else min)(range(len(tests)), key=rank)


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for their number (Holm, 1979); None stays None."""
    known = [value for value in p_values if value is not None]
    if not known:
        return list(p_values)
    corrected = iter(multipletests(known, method="holm")[1])
    return [None if value is None else float(next(corrected)) for value in p_values]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
