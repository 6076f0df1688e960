"""Tables of means over seeds: their units, intervals, notes and seeds."""

import math

import numpy as np
import pandas as pd
import pytest

from rethinking.analysis.intervals import mean_interval
from rethinking.analysis.summaries import in_ranges, summarised, summary_table, with_label_noise
from rethinking.names.units import UNITS
from rethinking.tables import read_table, write_table

NAN = math.nan


def rows(*values, metric="m", unit="number", points=NAN, model="a", notes=None):
    """A row for each of some seeds."""
    notes = notes or [None] * len(values)
    about = {"model": model, "metric": metric, "unit": unit, "points": points}
    return [
        about | {"seed": seed, "value": value, "note": note}
        for seed, (value, note) in enumerate(zip(values, notes, strict=True))
    ]


def test_a_summary_has_a_row_for_each_group_in_order_and_says_its_unit(tmp_path):
    runs = [*rows(0.5, 0.7, unit="share", points=10), *rows(2, 4, metric="epochs", unit="epochs")]
    runs += [*rows(0.1, 0.3, unit="share", points=10, model="0")]
    table = summary_table(pd.DataFrame(runs), ["model"])
    columns = "model metric unit n excluded mean low high seeds note"
    assert list(table.columns) == columns.split()
    told = table[["model", "metric", "unit", "n", "mean", "seeds"]]
    assert told.to_numpy().tolist() == [
        ["a", "m", "share", 2, pytest.approx(0.6), "0-1"],
        ["a", "epochs", "epochs", 2, 3, "0-1"],
        ["0", "m", "share", 2, pytest.approx(0.2), "0-1"],
    ]
    write_table(table, tmp_path / "summary.csv")
    again = read_table(tmp_path / "summary.csv")
    assert again["unit"].to_list() == ["share", "epochs", "share"]
    assert list(again["low"]) == list(table["low"])


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "text"])
def test_an_interval_is_made_on_the_scale_of_the_unit(unit):
    values = np.array([0.2, 0.4, 0.7])
    (found,) = summarised(pd.DataFrame(rows(*values, unit=unit)), ["metric"]).to_dict("records")
    expected = vars(mean_interval(values, UNITS[unit].transform))
    assert {name: found[name] for name in expected} == expected


def test_the_scale_is_that_of_the_unit_and_not_of_the_name():
    # As many standard errors as there are, both ends of a share stay within 0 and 1.
    values = [0.5, 0.99, 0.98]
    share, number = (
        summarised(pd.DataFrame(rows(*values, metric="accuracy", unit=unit)), ["metric"]).iloc[0]
        for unit in ("share", "number")
    )
    assert 0 < share["low"] < share["high"] < 1 < number["high"]


def test_the_images_of_a_sample_count_where_all_seeds_agree():
    table = pd.DataFrame([*rows(1.0, 1.0, unit="share", points=10), *rows(1.0, 1.0, metric="n")])
    found = summarised(table, ["metric"]).set_index("metric")
    assert found.loc["m", "low"] == pytest.approx(0.025 ** (1 / 10))
    assert math.isnan(found.loc["n", "low"])


def test_a_seed_without_a_value_is_counted_and_explained():
    runs = rows(0.2, NAN, 0.4, 0.6, notes=[None, "it diverged", None, None])
    (found,) = summary_table(pd.DataFrame(runs), ["model"]).to_dict("records")
    assert (found["n"], found["excluded"], found["seeds"]) == (3, 1, "0 2-3")
    assert found["mean"] == pytest.approx(0.4)
    assert found["note"] == "it diverged"


def test_groups_may_lack_a_key():
    runs = [row | {"l2": l2} for l2 in (0.1, NAN) for row in rows(1, 2)]
    found = summarised(pd.DataFrame(runs), ["l2", "metric"])
    assert found["l2"].to_list() == pytest.approx([0.1, NAN], nan_ok=True)
    assert found["n"].to_list() == [2, 2]


def test_a_table_without_rows_has_the_columns_of_one_with_rows():
    table = pd.DataFrame(rows(1, 2))
    empty = summary_table(table.iloc[:0], ["model"])
    assert len(empty) == 0
    assert list(empty.columns) == list(summary_table(table, ["model"]).columns)


def test_label_noise_follows_from_the_condition():
    conditions = ["true_labels", "label_noise-0.25", "random_pixels", "untrained"]
    table = pd.DataFrame({"dataset": "d", "condition": conditions, "model": "m"})
    found = with_label_noise(table)
    assert list(found.columns) == ["dataset", "condition", "label_noise", "model"]
    assert found["label_noise"].to_list() == pytest.approx([0, 0.25, NAN, NAN], nan_ok=True)
    assert "label_noise" not in table, "the table is left as it was"


@pytest.mark.parametrize(
    ("seeds", "text"),
    [([], ""), ([3], "3"), ([0, 1, 2], "0-2"), ([4, 0, 2, 1, 4], "0-2 4"), ([1, 3], "1 3")],
)
def test_seeds_are_told_in_ranges(seeds, text):
    assert in_ranges(seeds) == text
