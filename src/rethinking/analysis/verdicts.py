"""From the values of units to a verdict on what was claimed of them."""

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

# From the worst: a claim is no better than the worst of what it says.
ORDER: tuple[Verdict, ...] = ("refuted", "not tested", "undecided", "supported")
# The intervals of the ledger, and the scales on which they are made.
INTERVALS: Mapping[str, Transform] = {
    "t": "identity",
    "logit_t": "logit",
    "log_t": "log",
    "fisher_t": "artanh",
}
# Of deterministic outcomes: the range of all units, each of which counts.
EXACT = "range"
# Beyond so many units, all sign changes are too many to try.
EXHAUSTIVE = 13
MOST_UNITS = 1000


@dataclass(frozen=True)
class Region:
    """Where an estimate must lie for a claim to hold.

    Attributes:
        low: From here; minus infinity if there is no lower end.
        high: To here.
        closed: Whether the ends are in it.
    """

    low: float
    high: float
    closed: bool = True

    def holds(self, low: float, high: float) -> bool:
        """Whether a whole interval lies inside."""
        above = self.low == -math.inf or (self.low <= low if self.closed else self.low < low)
        below = self.high == math.inf or (high <= self.high if self.closed else high < self.high)
        return above and below

    def excludes(self, low: float, high: float) -> bool:
        """Whether a whole interval lies outside, on one side."""
        if self.closed:
            return high < self.low or low > self.high
        return high <= self.low or low >= self.high

    def room(self, low: float, high: float) -> float:
        """By how much an interval clears the nearer end; negative outside."""
        return min(low - self.low, self.high - high)


def region_of(criterion: Mapping[str, Any], chance: float, scale: str) -> Region:
    """The region that a criterion states.

    Args:
        criterion: Has one of ``at_least``, ``at_most``, ``above``, ``below``, ``within`` (a pair)
            and ``around`` (with a ``margin``, which may depend on the scale); numbers, or
            ``chance_accuracy`` or ``chance_error``.
        chance: The accuracy of guessing.
        scale: The name of the scale.
    """
    names = {"chance_accuracy": chance, "chance_error": 1 - chance}

    def number(given: float | str) -> float:
        return names[given] if isinstance(given, str) else float(given)

    if "around" in criterion:
        margin = criterion["margin"]
        if isinstance(margin, Mapping):
            margin = margin.get(scale, margin["default"])
        return Region(number(criterion["around"]) - margin, number(criterion["around"]) + margin)
    if "within" in criterion:
        low, high = map(number, criterion["within"])
        return Region(low, high)
    low, high = -math.inf, math.inf
    closed = "at_least" in criterion or "at_most" in criterion
    for key in ("at_least", "above"):
        low = number(criterion[key]) if key in criterion else low
    for key in ("at_most", "below"):
        high = number(criterion[key]) if key in criterion else high
    return Region(low, high, closed)


def judge(sample: Sample, region: Region, interval: str, bound: str = "none") -> dict[str, Any]:
    """Decide on one sample.

    It is *supported* if its whole interval lies in the region, *refuted* if the whole lies outside,
    else *undecided*. It is undecided too if a unit has no value, because the mean of the others is
    of a choice, and if there is no interval: of one unit, or where all units agree on what is no
    share of a sample. Where values are bounds, the interval has no end on the other side; where all
    of them are and agree, as those of units do that were all stopped at the edge of what was tried,
    it begins or ends with them. It is undecided, too, where some are bounds from below and some
    from above.

    Args:
        sample: One value for each unit.
        region: What is claimed.
        interval: A key of :data:`INTERVALS`, or :data:`EXACT`.
        bound: ``none``; ``lower``, if what is claimed is of something that the values may fall
            short of; ``lower_where_unfitted``, if they do so for networks that did not fit.

    Returns:
        ``group``, ``n``, ``excluded`` (units without a value), ``seeds`` (of those with one),
        ``estimate``, ``low`` and ``high`` (None where there is none), ``verdict``, ``why`` (of one
        that is undecided for another reason than its interval, else None), ``effect_size`` (Cohen's
        d of the distance from the nearer end, positive inside), ``p_value`` (of sign changes),
        ``least_p_value``, ``units_needed`` (by which an interval with this mean and this spread
        would decide), ``runs``. Without effect size and p-values where the interval is the range.
    """
    known = np.isfinite(sample.values)
    values = sample.values[known]
    n, excluded = len(values), int((~known).sum())
    seeds = [seed for seed, one in zip(sample.seeds, known, strict=True) if one]
    at_least, at_most = (units.intersection(seeds) for units in _bounds(sample, bound))
    low, high = _interval(values, interval, sample.points)
    if n > 1 and math.isnan(low) and agree(values):
        # There is no spread to go by, and none is needed: each unit lies there or beyond.
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
    found = mean_interval(values, INTERVALS[_scale(values, interval)], points)
    return found.low, found.high


def _scale(values: NDArray[np.float64], interval: str) -> str:
    # What is at or below zero has no logarithm.
    return "t" if interval == "log_t" and values.min() <= 0 else interval


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
    """The p-value of the hypothesis that the mean lies outside, and the least there can be.

    The signs of the distances from an end are as likely one way as the other if that end is the
    mean and the distribution symmetric. Of two ends, each must be rejected (Schuirmann, 1987), so
    that the larger p-value counts.
    """
    n = len(values)
    if n < 2:
        return None, None
    found = []
    # The test for "less" is that for "greater" of the mirrored distances.
    for distances in (values - region.low, region.high - values):
        if np.isfinite(distances).all():
            result = stats.permutation_test(
                (distances,),
                np.mean,
                permutation_type="samples",
                alternative="greater",
                n_resamples=2**EXHAUSTIVE,  # all of them, where there are no more
                rng=np.random.default_rng(0),
            )
            found.append(float(result.pvalue))
    return max(found), 2.0 ** -min(n, EXHAUSTIVE)


def units_needed(values: NDArray[np.float64], region: Region, interval: str) -> int | None:
    """The least number of units with which Student's interval would decide, all else being equal.

    None if :data:`MOST_UNITS` would not do, or there is no spread to go by.
    """
    if len(values) < 2 or np.ptp(values) == 0:
        return None
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    for size in range(len(values) + 1, MOST_UNITS + 1):
        ends = student(mean, deviation, size, INTERVALS[_scale(values, interval)])
        if region.holds(*ends) or region.excludes(*ends):
            return size
    return None


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a conjunction: the first in :data:`ORDER` that any part has."""
    return min(verdicts, key=ORDER.index)


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on a disjunction: the last in :data:`ORDER` that any part has."""
    return max(verdicts, key=ORDER.index)


def deciding(tests: Sequence[Mapping[str, Any]], region: Region, quantifier: str) -> int:
    """Which of the tests on the groups of a criterion its verdict rests on most.

    The worst one, and among equals that whose interval, or else estimate, clears the region by
    least; where ``some`` group will do, the best.
    """

    def rank(place: int) -> tuple[int, float]:
        test = tests[place]
        ends = [test[end] for end in ("low", "high") if test[end] is not None]
        ends = ends or [test["estimate"]] if test["estimate"] is not None else []
        room = region.room(min(ends), max(ends)) if ends else -math.inf
        return ORDER.index(test["verdict"]), room

    return (max if quantifier == "some" else min)(range(len(tests)), key=rank)


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values adjusted for their number (Holm, 1979); None stays None."""
    known = [value for value in p_values if value is not None]
    if not known:
        return list(p_values)
    corrected = iter(multipletests(known, method="holm")[1])
    return [None if value is None else float(next(corrected)) for value in p_values]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
