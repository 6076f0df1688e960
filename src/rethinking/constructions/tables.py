"""Tables of a construction, from the measurements of its functions."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from rethinking.analysis.summaries import summary_table, with_label_noise
from rethinking.constructions.specs import ConstructionTablesSpec
from rethinking.tables import read_table, write_table

KEYS = ["dataset", "condition", "label_noise", "function", "images", "l2", "x"]


def write_tables(
    measured: list[Path], runs: Path, summary: Path, spec: ConstructionTablesSpec
) -> None:
    """Write :func:`runs_table` of the tables of all blocks of a construction, and its summary."""
    table = runs_table(map(read_table, measured), spec.seeds)
    write_table(table, runs)
    write_table(summary_table(table, KEYS), summary)


def runs_table(measured: Iterable[pd.DataFrame], seeds: Sequence[int]) -> pd.DataFrame:
    """One row for each function, seed, and metric or point of a curve, condition by condition.

    The columns are :data:`KEYS`, seed, metric, value, unit, points, note. Blocks may have more
    seeds than those in use.
    """
    table = pd.concat(measured, ignore_index=True)
    table = table[table["seed"].isin(seeds)]
    order = {name: index for index, name in enumerate(table["condition"].unique())}
    table = table.sort_values("condition", key=lambda names: names.map(order), kind="stable")
    return with_label_noise(table).reset_index(drop=True)
