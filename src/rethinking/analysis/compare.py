"""Compare results with published ones."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from rethinking.names.units import UNITS

Verdict = Literal["reproduced", "differs", "missing"]

# The tolerance of two means, relative to the published one, where the unit has none of its own.
TOLERANCE = 0.01


def compare_summaries(ours: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Compare each number of a published summary with ours.

    It is *reproduced* if the two 95 % intervals over seeds overlap, taken as symmetric with their
    half widths about the means, or if the means differ by at most the tolerance of the unit.
    Identical bytes cannot be expected: rounding may differ between processors, and training
    amplifies it. It *differs* also if the numbers of diverged seeds differ.

    Args:
        ours: A summary, as ``rethinking.analysis.summaries.summary_table`` returns it.
        reference: The published summary.

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
    difference = abs(row["mean"] - row["mean_reference"])
    halves = [(row[f"high{end}"] - row[f"low{end}"]) / 2 for end in ("", "_reference")]
    overlap = sum(half for half in halves if not math.isnan(half))
    # Summaries that were published before tables had units have no such column.
    tolerance = UNITS[row.get("unit", "number")].tolerance
    if tolerance is None:
        tolerance = TOLERANCE * abs(row["mean_reference"])
    return "reproduced" if difference <= max(overlap, tolerance) else "differs"
