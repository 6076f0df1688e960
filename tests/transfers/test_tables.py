"""Tables of a transfer: runs, their means, sample efficiency, and confusion."""

import math

import pandas as pd
import pytest

from rethinking.analysis.summaries import summary_table
from rethinking.tables import read_table, write_table
from rethinking.transfers.measure import COLUMNS
from rethinking.transfers.specs import TransferTablesSpec
from rethinking.transfers.tables import (
    KEYS,
    confusion_table,
    runs_table,
    sample_efficiency_table,
    write_tables,
)
from tests.helpers.transfers import measured_row as row

SIZES = [100, 200, 400, 800]
CURVES = {0: [0.1, 0.2, 0.3, 0.4], 1: [0.3, 0.4, 0.5, 0.6], 2: [0.0, 0.0, 0.1, 0.1]}


def curves():
    """Measured κ of three teachers by the number of images of their students."""
    return [
        row(value=value, n2=n2, seed=seed)
        for seed, values in CURVES.items()
        for n2, value in zip(SIZES, values, strict=True)
    ]


def test_the_median_is_over_all_teachers_and_counts_who_reached_it():
    # One number of images makes no curve.
    runs = pd.DataFrame([*curves(), row(learner="linear")])
    table = sample_efficiency_table(runs, [0.3, 0.55])
    assert set(table["learner"]) == {"network"}
    found = table.set_index("threshold")
    assert list(found.loc[0.3, ["teachers", "reached", "at_once"]]) == [3, 2, 1]
    assert found.loc[0.3, "seeds"] == "0-2"
    assert found.loc[0.3, "n_star"] == pytest.approx(400)
    assert found.loc[0.3, "n_star_over_n1"] == pytest.approx(8)
    assert found.loc[0.55, "reached"] == 1
    assert math.isnan(found.loc[0.55, "n_star"])


def test_sample_efficiency_is_of_trained_teachers_and_fresh_images():
    others = [
        one | keys
        for keys in ({"source": "untrained"}, {"test": "own"}, {"metric": "agreement"})
        for one in curves()
    ]
    table = sample_efficiency_table(pd.DataFrame(others), [0.3])
    assert table.empty
    assert list(table.columns) == list(sample_efficiency_table(pd.DataFrame(curves()), [0.3]))


def test_the_summary_is_over_teachers_and_leaves_out_what_is_not_defined():
    table = pd.DataFrame(
        [row(value=value, seed=seed) for seed, value in enumerate((0.2, 0.4, math.nan))]
    )
    table["note"] = [None, None, "both are constant"]
    (found,) = summary_table(runs_table([table]), KEYS).to_dict("records")
    assert (found["n"], found["excluded"]) == (2, 1)
    assert found["mean"] == pytest.approx(0.3)
    assert found["unit"] == "coefficient"
    # t with one degree of freedom, on Fisher's scale: within −1 and 1.
    assert -1 < found["low"] < 0.2 < 0.4 < found["high"] < 1
    assert found["note"] == "both are constant"


def test_runs_are_the_rows_without_coordinates_of_all_models():
    measured = [
        pd.DataFrame([row(), row("confusion", 3, x=0, y=1)]),
        pd.DataFrame([row("agreement", 0.7, model="other", unit="share", points=100)]),
    ]
    runs = runs_table(measured)
    assert list(runs.columns) == [*KEYS, "seed", "metric", "value", "unit", "points", "note"]
    told = runs[["model", "metric", "value", "unit"]].to_numpy().tolist()
    assert told == [["m", "kappa", 0.5, "coefficient"], ["other", "agreement", 0.7, "share"]]


def test_confusion_is_in_the_order_of_each_teachers_classes():
    # Teacher 0 gives class 1 most often, teacher 1 class 0; no teacher gives class 2.
    counts = {
        0: [[2, 0, 0], [1, 3, 4], [0, 0, 0]],
        1: [[6, 0, 0], [0, 1, 1], [0, 0, 0]],
    }
    table = pd.DataFrame(
        row("confusion", value, seed=seed, x=x, y=y)
        for seed, square in counts.items()
        for x, line in enumerate(square)
        for y, value in enumerate(line)
    )
    found = confusion_table([table]).set_index(["teacher", "student"])
    assert found.loc[(1, 1), "share"] == pytest.approx((3 / 8 + 1) / 2)
    assert found.loc[(1, 3), "share"] == pytest.approx(4 / 8 / 2)
    assert found.loc[(2, 2), "share"] == pytest.approx((1 + 1 / 2) / 2)
    assert (found["teachers"] == 2).all()
    assert found.groupby("teacher")["share"].sum().to_list() == pytest.approx([1, 1])
    assert confusion_table([pd.DataFrame([row()])]).empty


def test_a_transfer_has_all_its_tables(tmp_path):
    counts = [row("confusion", 2.0, x=x, y=x, unit="number") for x in (0, 1)]
    other = [one | {"model": "other"} for one in curves()]
    measured = [tmp_path / f"{name}.csv" for name in ("m", "other")]
    for path, rows in zip(measured, ([*curves(), *counts], other), strict=True):
        write_table(pd.DataFrame(rows)[list(COLUMNS)], path)
    tables = {
        name: tmp_path / f"tables/{name}.csv"
        for name in ("runs", "summary", "sample_efficiency", "confusion")
    }
    write_tables(measured, **tables, spec=TransferTablesSpec([0.3]))
    found = {name: read_table(path) for name, path in tables.items()}
    assert len(found["runs"]) == 2 * 3 * 4
    assert len(found["summary"]) == 2 * 4
    assert set(found["summary"]["unit"]) == {"coefficient"}
    assert found["sample_efficiency"]["n_star"].to_list() == pytest.approx([400, 400])
    assert found["confusion"]["share"].to_list() == [1, 1]
