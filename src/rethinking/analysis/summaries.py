"""Means over seeds, for the tables of all kinds of experiment."""

from collections.abc import Iterable
from dataclasses import fields

import pandas as pd

from rethinking.analysis.intervals import Interval, mean_interval
from rethinking.names.condition import parse_condition
from rethinking.names.units import UNITS


def summarised(runs: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Means with 95 % intervals over the rows that agree in some columns.

    Args:
        runs: Columns ``by``, seed, value, unit and points.
        by: The columns; ``metric`` is among them.

    Returns:
        Columns ``by``, unit, n, excluded, mean, low, high and seeds (those with a value, as in
        ``0-2 4``), in the order of first appearance.
    """
    rows = []
    for keys, group in runs.groupby(by, sort=False, dropna=False):
        points, unit = group["points"].iloc[0], str(group["unit"].iloc[0])
        interval = mean_interval(
            group["value"].to_numpy(dtype=float),
            UNITS[unit].transform,
            points=None if pd.isna(points) else int(points),
        )
        seeds = in_ranges(group.loc[group["value"].notna(), "seed"])
        rows.append([*keys, unit, *vars(interval).values(), seeds])
    statistics = [field.name for field in fields(Interval)]
    return pd.DataFrame(rows, columns=[*by, "unit", *statistics, "seeds"])


def summary_table(runs: pd.DataFrame, keys: Iterable[str]) -> pd.DataFrame:
    """Means over seeds with 95 % intervals, and notes on missing values.

    Args:
        runs: Columns ``keys``, seed, metric, value, unit, points, note.
        keys: The columns that identify the subject of a number.

    Returns:
        Columns ``keys``, metric, those of :func:`summarised`, and note.
    """
    by = [*keys, "metric"]
    notes = runs.groupby(by, sort=False, dropna=False)["note"].first()
    return summarised(runs, by).assign(note=notes.to_numpy())


def with_label_noise(table: pd.DataFrame) -> pd.DataFrame:
    """Insert a third column ``label_noise``, which follows from the condition."""
    table = table.copy()
    noise = table["condition"].map(lambda text: parse_condition(text).label_noise)
    table.insert(2, "label_noise", noise.astype(float))
    return table


def in_ranges(seeds: Iterable[int]) -> str:
    """Print whole numbers in order, with consecutive ones as a range: ``0-2 4``."""
    ranges: list[list[int]] = []
    for seed in sorted(set(seeds)):
        if ranges and seed == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], seed]
        else:
            ranges.append([seed])
    return " ".join("-".join(map(str, ends)) for ends in ranges)
