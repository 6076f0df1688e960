"""Compare results with published ones."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from rethinking.names.units import UNITS

Verdict = Literal["reproduced", "differs", "missing"]

# By how much two means may differ, relative to the published one, where seeds give no interval and
# the unit has no tolerance of its own.
TOLERANCE = 0.01


def compare_summaries(ours: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Whether each number of a published summary came out again.

    It is *reproduced* if the two 95 % intervals over seeds overlap, taken symmetric with their half
    widths about the means, or if the means differ by no more than the tolerance of the unit.
    Rounding may differ between processors, and training magnifies it: bytes cannot be asked
    for. It *differs* also if other numbers of seeds were left out as diverged.

    Args:
        ours: A summary, as ``rethinking.analysis.summaries.summary_table`` gives it.
        reference: The published one.

    Returns:
        One row for each row of ``reference``: its keys (the columns up to ``metric``), both means,
        ``verdict``.
    """
    columns = list(reference.columns)
    keys = columns[: columns.index("metric") + 1]
    rows = reference.merge(ours, how="left", on=keys, suffixes=("_reference", ""))
    rows["verdict"] = [_verdict(row) for row in rows.to_dict("records")]
    return rows[[*keys, "mean_reference", "mean", "verdict"]]


def _verdict(row: Mapping[Any, Any]) -> Verdict:
    if math.isnan(row["n"]):
        return "missing"
    if row["excluded"] != row["excluded_reference"]:
        return "differs"
    if math.isnan(row["mean"]) or math.isnan(row["mean_reference"]):
        both = math.isnan(row["mean"]) and math.isnan(row["mean_reference"])
        return "reproduced" if both else "differs"
    apart = abs(row["mean"] - row["mean_reference"])
    halves = [(row[f"high{end}"] - row[f"low{end}"]) / 2 for end in ("", "_reference")]
    allowed = sum(half for half in halves if not math.isnan(half))
    tolerance = UNITS[row["unit"]].tolerance
    if tolerance is None:
        tolerance = TOLERANCE * abs(row["mean_reference"])
    return "reproduced" if apart <= max(allowed, tolerance) else "differs"
