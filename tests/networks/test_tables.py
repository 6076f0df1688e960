"""From made-up measurements to the tables of an experiment."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from rethinking.analysis.summaries import summary_table
from rethinking.errors import InputError
from rethinking.files import write_json
from rethinking.names.kinds import load_kind
from rethinking.names.units import UNITS
from rethinking.networks.tables import (
    KEYS,
    curves_table,
    planes_table,
    profiles_table,
    runs_table,
    write_curves,
    write_metrics,
    write_planes,
    write_profiles,
)
from rethinking.paper.specs import About
from rethinking.paper.tables import results
from rethinking.paper.values import experiment_values
from rethinking.tables import read_table
from tests.helpers.runs import NO_PLACE, TEST_IMAGES, info, measured, setting, tables_spec

CLEAN, NOISY, RANDOM = (
    setting(one) for one in ("true_labels", "label_noise-0.50", "label_noise-1.00")
)
BOTH = tables_spec([CLEAN, NOISY], seeds=2)


def accuracy(value):
    return {"test_accuracy": value}


@pytest.fixture
def infos():
    return [
        info(CLEAN, [("interpolated", 4, accuracy(0.9)), ("budget_ended", 9, accuracy(0.8))]),
        # Seed 2 was trained with its block but is not in use.
        info(
            NOISY,
            [
                ("diverged", 2, accuracy(None)),
                ("interpolated", 6, accuracy(0.5)),
                ("interpolated", 1, accuracy(0.4)),
            ],
        ),
    ]


@pytest.fixture
def runs(infos):
    return runs_table([], infos, BOTH)


def summarise(table):
    return summary_table(table, KEYS)


def test_runs_hold_what_was_measured_and_how_training_ended(infos):
    tables = [measured(CLEAN, [1.5, 2.5]), measured(NOISY, [3.5, -4.5])]
    runs = runs_table(tables, infos, BOTH)
    assert len(runs) == 4 * 4
    assert set(runs["metric"]) == {"margin", "test_accuracy", "epochs", "interpolated"}
    row = runs[(runs["condition"] == "true_labels") & (runs["seed"] == 1)]
    found = dict(zip(row["metric"], row["value"], strict=True))
    assert found == {"margin": 2.5, "test_accuracy": 0.8, "epochs": 9, "interpolated": 0}
    assert set(runs["label_noise"]) == {0.0, 0.5}
    assert 2 not in set(runs["seed"])


def test_runs_and_summary_have_the_unit_of_every_metric(infos):
    tables = [measured(CLEAN, [1.5, 2.5])]
    spec = replace(BOTH, times=True)
    runs = runs_table(tables, infos, spec)
    expected = {
        "margin": "signed",
        "test_accuracy": "share",
        "epochs": "epochs",
        "interpolated": "seeds",
        "epochs_to_interpolate": "epochs",
        "relative_epochs": "ratio",
        "test_error_at_interpolation": "share",
    }
    for table in (runs, summarise(runs)):
        assert dict(zip(table["metric"], table["unit"], strict=True)) == expected
    assert set(expected.values()) <= set(UNITS)


def test_accuracies_are_in_the_table_where_the_experiment_reports_them(infos, runs):
    noisy = runs[(runs["condition"] == "label_noise-0.50") & (runs["metric"] == "test_accuracy")]
    assert math.isnan(noisy["value"].iloc[0])
    assert noisy["value"].iloc[1] == 0.5
    assert noisy["note"].tolist() == ["diverged", ""]
    assert (noisy["points"] == TEST_IMAGES).all()
    without = runs_table([], infos, replace(BOTH, accuracies=False))
    assert set(without["metric"]) == {"epochs", "interpolated"}


def test_the_summary_counts_and_leaves_out_what_diverged(runs):
    summary = summarise(runs).set_index(["condition", "metric"])
    clean = summary.loc[("true_labels", "test_accuracy")]
    assert (clean["n"], clean["excluded"]) == (2, 0)
    assert clean["mean"] == pytest.approx(0.85)
    noisy = summary.loc[("label_noise-0.50", "test_accuracy")]
    assert (noisy["n"], noisy["excluded"], noisy["mean"]) == (1, 1, 0.5)


def test_settings_of_other_experiments_are_left_out_and_the_rest_is_in_order(infos):
    others = [measured(setting("gaussian"), [0.1, 0.2]), measured(NOISY, [0.4, 0.5])]
    tables = [pd.concat([*others, measured(CLEAN, [0.9, 0.8])])]
    runs = runs_table(tables, infos[::-1], BOTH)
    assert list(runs["condition"].unique()) == ["true_labels", "label_noise-0.50"]


@pytest.mark.parametrize("metric", ["margin", "test_accuracy", "epochs"])
def test_a_metric_that_two_measures_give_is_named(infos, metric):
    once = measured(CLEAN, [0.9, 0.8])
    with pytest.raises(InputError, match=f"metric {metric} is measured twice; give one of them"):
        runs_table([once, once.assign(metric=metric)], infos, BOTH)


@pytest.fixture
def times():
    """A table of runs at a constant rate, and its values by condition, seed and metric."""
    fitted = "interpolated"
    infos = [
        info(
            CLEAN, [(fitted, 4, accuracy(0.9)), (fitted, 5, accuracy(0.8)), ("x", 9, accuracy(0.7))]
        ),
        info(
            RANDOM,
            [
                (fitted, 12, accuracy(0.1)),
                ("budget_ended", 99, accuracy(0.2)),
                (fitted, 8, accuracy(0.3)),
            ],
        ),
    ]
    runs = runs_table([], infos, tables_spec([CLEAN, RANDOM], seeds=3, times=True))
    return runs, runs.set_index(["condition", "seed", "metric"])["value"]


def test_times_are_relative_to_the_same_seed_on_true_labels(times):
    _, values = times
    noisy = values["label_noise-1.00"]
    assert noisy[0, "epochs_to_interpolate"] == 12
    assert noisy[0, "relative_epochs"] == 12 / 4
    assert values["true_labels", 1, "relative_epochs"] == 1
    # Seed 1 did not fit the noisy labels, seed 2 not the true ones.
    assert math.isnan(noisy[1, "epochs_to_interpolate"])
    assert math.isnan(noisy[1, "relative_epochs"])
    assert math.isnan(noisy[2, "relative_epochs"])
    assert noisy[2, "epochs_to_interpolate"] == 8


def test_the_error_at_interpolation_is_of_networks_that_interpolated(times):
    runs, values = times
    metric = "test_error_at_interpolation"
    assert values["true_labels", 0, metric] == pytest.approx(0.1)
    assert values["label_noise-1.00", 2, metric] == pytest.approx(0.7)
    assert math.isnan(values["true_labels", 2, metric])
    assert set(runs.loc[runs["metric"] == metric, "points"]) == {TEST_IMAGES}
    summary = summarise(runs).set_index(["condition", "metric"])
    row = summary.loc[("label_noise-1.00", metric)]
    assert (row["n"], row["excluded"]) == (2, 1)
    assert row["mean"] == pytest.approx(0.8)


def test_models_of_different_seeds_keep_their_own():
    few, many = setting(model="few"), setting(model="many")
    infos = [
        info(one, [("interpolated", 4, accuracy(0.9))] * trained)
        for one, trained in ((few, 3), (many, 5))
    ]
    spec = tables_spec([few, many], seeds=5, times=True)
    runs = runs_table([], infos, replace(spec, seeds=spec.seeds | {"few": [0, 1]}))
    assert not runs["value"].isna().any()
    counts = runs.groupby(["model", "metric"]).size()
    assert set(counts["few"]) == {2}
    assert set(counts["many"]) == {5}


def of_one(condition, **options):
    """Runs of a single network that interpolated, under a condition."""
    one = setting(condition)
    infos = [info(one, [("interpolated", 3, accuracy(0.1))])]
    return runs_table([], infos, tables_spec([one], seeds=1, **options))


def test_times_without_true_labels_are_relative_to_nothing():
    runs = of_one("gaussian", times=True)
    assert "relative_epochs" not in set(runs["metric"])
    assert "epochs_to_interpolate" in set(runs["metric"])


def test_under_an_annealed_rate_there_are_no_times(runs):
    assert not {"epochs_to_interpolate", "relative_epochs"} & set(runs["metric"])


def test_random_pixels_have_no_label_noise():
    runs = of_one("random_pixels")
    assert runs["label_noise"].isna().all()
    assert summarise(runs)["n"].tolist() == [1, 1, 1]


FUNCTIONS = [setting("untrained"), CLEAN, setting(model="r")]
MEASURED = tables_spec(FUNCTIONS, seeds=2, accuracies=False)


@pytest.fixture
def functions():
    """What was measured of an untrained network, a trained one and a reference, two seeds each."""
    rows = []
    for one in FUNCTIONS:
        jumps = one.model == "r"
        for seed in (0, 1):
            base = vars(one) | {"seed": seed, "points": None, "unit": "size"} | NO_PLACE
            note = "not defined: it jumps" if jumps else None
            value = math.nan if jumps else 2.0 + seed
            rows += [
                base | {"metric": "lipschitz_lower", "value": value, "note": note},
                base | {"metric": "path_spectrum", "value": 4.0 - seed, "x": 0.5},
                base | {"metric": "path_spectrum", "value": 2.0, "x": 1.5},
                base | {"metric": "heat", "value": 1.0 + seed, "x": 0.0, "y": 0.5},
                base | {"metric": "spectral_norm", "value": 5.0 + seed, "x": 1, "note": "conv"},
            ]
        for x in (-1.0, 1.0):
            rows.append(base | {"metric": "decision_class", "value": 3, "x": x, "y": 0.0})
            rows.append(base | {"metric": "decision_margin", "value": 0.1, "x": x, "y": 0.0})
        rows.append(base | {"metric": "decision_image", "value": 7, "x": 0.3, "y": 0.2})
    return [pd.DataFrame(rows)]


def test_references_stand_beside_networks_and_say_what_they_lack(functions):
    infos = [info(CLEAN, [("interpolated", 4, accuracy(0.9)), ("interpolated", 5, accuracy(0.8))])]
    runs = runs_table(functions, infos, MEASURED)
    assert set(runs["metric"]) == {"lipschitz_lower", "epochs", "interpolated"}
    summary = summarise(runs)
    assert list(summary["model"].unique()) == ["m", "r"]
    rows = summary[summary["metric"] == "lipschitz_lower"]
    assert rows["condition"].tolist() == ["untrained", "true_labels", "true_labels"]
    assert rows["mean"].tolist()[:2] == [2.5, 2.5]
    assert rows["n"].tolist() == [2, 2, 0]
    assert rows["note"].tolist()[2] == "not defined: it jumps"
    assert rows["note"].isna().tolist() == [True, True, False]
    # Only what was trained has an end of training.
    assert set(summary.loc[summary["metric"] == "epochs", "condition"]) == {"true_labels"}


def test_profiles_are_means_of_points(functions):
    table = profiles_table(functions, FUNCTIONS)
    first = table[(table["model"] == "m") & (table["condition"] == "true_labels")]
    assert first["metric"].tolist() == ["path_spectrum"] * 2 + ["heat", "spectral_norm"]
    assert first["mean"].tolist() == [3.5, 2, 1.5, 5.5]
    assert first["x"].tolist() == [0.5, 1.5, 0, 1]
    assert first["note"].tolist()[-1] == "conv"
    assert set(table["unit"]) == {"size"}
    spread = first.iloc[0]
    assert 0 < spread["low"] < 3.5 < spread["high"]


def test_planes_have_a_row_for_each_point(functions):
    table = planes_table(functions, FUNCTIONS[1:])
    assert set(table["condition"]) == {"true_labels"}
    of_network = table[table["model"] == "m"]
    assert len(of_network) == 3
    assert of_network["class"].dropna().tolist() == [3, 3]
    assert of_network["image"].dropna().tolist() == [7]


def test_an_experiment_without_curves_has_an_empty_table():
    table = profiles_table([measured(CLEAN, [0.9])], [CLEAN])
    assert table.empty
    assert {"metric", "x", "mean", "low"} <= set(table.columns)


def test_curves_hold_the_seeds_in_use():
    curve = pd.DataFrame({"seed": [0, 1, 2], "epoch": 1, "train_loss": [0.1, 0.2, 0.3]})
    table = curves_table([curve], [info(NOISY, [])], {"m": [0, 1]})
    assert table["seed"].tolist() == [0, 1]
    assert table["label_noise"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("name", ["null", "nan", "none"])
def test_names_that_read_like_nothing_keep_their_rows(name, tmp_path):
    # A network, a condition, a data set and a recipe of that name.
    one = replace(setting(name, name, name), dataset=name)
    row = vars(one) | {"seed": 0, "metric": "margin", "value": 0.5, "unit": "signed"}
    row |= {"points": 10, "note": ""}
    places = [{"x": "", "y": ""}, {"x": 1.0, "y": ""}]
    places += [
        {"x": x, "y": 0.0, "metric": f"decision_{of}"} for x in (0, 1) for of in ("class", "margin")
    ]
    pd.DataFrame([row | place for place in places]).to_csv(tmp_path / "m.csv", index=False)
    curve = {"seed": 0, "epoch": 1, "train_loss": 0.5, "train_accuracy": 0.5}
    curve |= {"test_loss": 0.5, "test_accuracy": 0.5}
    pd.DataFrame([curve]).to_csv(tmp_path / "c.csv", index=False)
    write_json(tmp_path / "i.json", info(one, [("interpolated", 1, accuracy(0.5))]))
    tables, infos, curves = ([tmp_path / file] for file in ("m.csv", "i.json", "c.csv"))
    spec = tables_spec([one], seeds=1)
    written = ("runs", "summary", "profiles", "planes", "curves")
    made = {table: tmp_path / f"{table}.csv" for table in written}
    write_metrics(tables, infos, [], made["runs"], made["summary"], spec)
    write_profiles(tables, made["profiles"], spec)
    write_planes(tables, made["planes"], spec)
    write_curves(curves, infos, made["curves"], spec)
    lines = {table: path.read_text().splitlines()[1:] for table, path in made.items()}
    assert {table: len(found) for table, found in lines.items()} == {
        "runs": 4, "summary": 4, "profiles": 1, "planes": 2, "curves": 1,
    }  # fmt: skip
    start = f"{name},{name},,{name},{name},"
    assert all(line.startswith(start) for found in lines.values() for line in found)
    summary = read_table(made["summary"])
    values = experiment_values("e", load_kind("networks"), {"summary": summary}, {})
    assert values[f"e/{name}/{name}/test_accuracy"]["value"] == 0.5
    columns = {"test": "test_accuracy"}
    text = results.tabulate({"e": summary}, About({name: "N"}, [], []), columns=columns)
    assert rf"N & {name} & \val{{e/{name}/{name}/test_accuracy}}" in text
