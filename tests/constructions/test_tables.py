"""From blocks of constructed functions to tables."""

import math

import pandas as pd
import pytest

from rethinking.analysis.summaries import summary_table
from rethinking.constructions.specs import ConstructionTablesSpec
from rethinking.constructions.tables import KEYS, runs_table, write_tables
from rethinking.tables import read_table, write_table


def block(seeds):
    """One block: all conditions, all seeds, a number and a point of a curve each."""
    keys = {"dataset": "d", "function": "f", "images": 9, "l2": math.nan}
    about = {"metric": "m", "unit": "signed", "points": None, "note": None}
    return pd.DataFrame(
        keys | about | {"condition": condition, "seed": seed, "x": x, "value": value + seed}
        for condition, value in (("true_labels", 1.0), ("label_noise-1.00", 10.0))
        for seed in seeds
        for x in (math.nan, 3.0)
    )[["dataset", "condition", "function", "images", "l2", "seed", "x", "metric", "value", "unit",
       "points", "note"]]  # fmt: skip


def test_blocks_are_joined_condition_by_condition_with_the_seeds_in_use():
    runs = runs_table([block([0, 1]), block([2, 3])], seeds=[0, 1, 2])
    found = runs.loc[runs["x"].isna(), ["condition", "label_noise", "seed", "value"]]
    assert list(found.itertuples(index=False, name=None)) == [
        ("true_labels", 0.0, 0, 1.0),
        ("true_labels", 0.0, 1, 2.0),
        ("true_labels", 0.0, 2, 3.0),
        ("label_noise-1.00", 1.0, 0, 10.0),
        ("label_noise-1.00", 1.0, 1, 11.0),
        ("label_noise-1.00", 1.0, 2, 12.0),
    ]


def test_the_summary_keeps_points_of_curves_apart():
    summary = summary_table(runs_table([block([0, 1, 2])], seeds=[0, 1, 2]), KEYS)
    assert len(summary) == 4
    assert summary["mean"].tolist() == pytest.approx([2, 2, 11, 11])
    assert summary["n"].tolist() == [3] * 4
    assert (summary["low"] < summary["mean"]).all()
    assert summary["x"].isna().tolist() == [True, False] * 2


def test_both_tables_are_written_with_their_units(tmp_path):
    measured = [tmp_path / "0.csv", tmp_path / "1.csv"]
    for place, path in enumerate(measured):
        write_table(block([2 * place, 2 * place + 1]), path)
    runs, summary = tmp_path / "runs.csv", tmp_path / "summary.csv"
    write_tables(measured, runs, summary, ConstructionTablesSpec([0, 1, 2]))
    table = read_table(runs)
    assert (len(table), set(table["unit"])) == (12, {"signed"})
    means = read_table(summary)
    assert (len(means), set(means["unit"]), set(means["seeds"])) == (4, {"signed"}, {"0-2"})
