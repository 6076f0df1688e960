"""From functions that fit labels without training to tables."""

from pathlib import Path

import pandas as pd

from rethinking.analysis.tables import summarised, write_table
from rethinking.data.condition import parse_condition

KEYS = ["dataset", "condition", "label_noise", "function", "images", "l2", "x"]


def summary_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Means over seeds with 95 % intervals.

    Args:
        runs: Columns :data:`KEYS`, seed, metric, value, points, note.

    Returns:
        Columns :data:`KEYS`, metric, n, excluded, mean, low, high, note (why there is no value).
    """
    notes = runs.groupby([*KEYS, "metric"], sort=False, dropna=False)["note"].first()
    return summarised(runs, [*KEYS, "metric"]).assign(note=notes.to_numpy())


def write_construction_tables(measured: Path, runs: Path, summary: Path) -> None:
    """Write the table of all functions of a construction, and its summary.

    Args:
        measured: What ``rethinking.measures.constructions`` writes.
        runs: The first table to write.
        summary: The second.
    """
    table = pd.read_csv(measured)
    noise = table["condition"].map(lambda text: parse_condition(text).label_noise)
    table.insert(2, "label_noise", noise.astype(float))
    write_table(table, runs)
    write_table(summary_table(table), summary)
