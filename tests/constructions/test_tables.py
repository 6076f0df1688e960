import math

import pandas as pd
import pytest

from rethinking.constructions.tables import runs_table, summary_table


def block(seeds):
    """One block: all conditions, all seeds, a number and a point of a curve each."""
    return pd.DataFrame(
        {"dataset": "d", "condition": condition, "function": "f", "images": 9, "l2": math.nan}
        | {"seed": seed, "x": x, "metric": "m", "value": value + seed, "points": None, "note": None}
        for condition, value in (("true_labels", 1.0), ("label_noise-1.00", 10.0))
        for seed in seeds
        for x in (math.nan, 3.0)
    )


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
    summary = summary_table(runs_table([block([0, 1, 2])], seeds=[0, 1, 2]))
    assert len(summary) == 4
    assert summary["mean"].tolist() == pytest.approx([2, 2, 11, 11])
    assert summary["n"].tolist() == [3] * 4
    assert (summary["low"] < summary["mean"]).all()
    assert summary["x"].isna().tolist() == [True, False] * 2
