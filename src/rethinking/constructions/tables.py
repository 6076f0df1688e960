"""From functions that fit labels without training to tables."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rethinking.names.condition import parse_condition
from rethinking.networks.tables import summarised
from rethinking.tables import read_table, write_table

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


def runs_table(measured: Iterable[pd.DataFrame], seeds: Sequence[int]) -> pd.DataFrame:
    """One row for each function, seed, and metric or point of a curve, condition by condition.

    Args:
        measured: Tables as ``rethinking.constructions.measure`` writes them, of all blocks.
        seeds: Those in use; a block may hold more.

    Returns:
        Columns :data:`KEYS`, seed, metric, value, points, note.
    """
    table = pd.concat(measured, ignore_index=True)
    table = table[table["seed"].isin(seeds)]
    order = {name: place for place, name in enumerate(table["condition"].unique())}
    table = table.sort_values("condition", key=lambda names: names.map(order), kind="stable")
    noise = table["condition"].map(lambda text: parse_condition(text).label_noise)
    table.insert(2, "label_noise", noise.astype(float))
    return table.reset_index(drop=True)


def write_construction_tables(
    measured: Iterable[Path], runs: Path, summary: Path, spec: Mapping[str, Any]
) -> None:
    """Write the table of all functions of a construction, and its summary.

    Args:
        measured: What was measured, of each block.
        runs: The first table to write.
        summary: The second.
        spec: The job's spec; read here is ``seeds``.
    """
    table = runs_table(map(read_table, measured), spec["seeds"])
    write_table(table, runs)
    write_table(summary_table(table), summary)
