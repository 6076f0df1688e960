import math

import pandas as pd
import pytest

from rethinking.errors import InputError
from rethinking.files import read_json, write_json
from rethinking.networks.tables import (
    curves_table,
    in_ranges,
    planes_table,
    profiles_table,
    runs_table,
    summary_table,
    write_curves,
    write_metrics,
    write_planes,
    write_profiles,
)
from rethinking.paper.tables.results import write_results_table
from rethinking.paper.values import summary_values, write_values
from rethinking.step.provenance import write_records
from rethinking.tables import read_table, write_table


def info(condition, model, members):
    return {
        "dataset": "d",
        "condition": condition,
        "model": model,
        "recipe": "plain",
        "parameters": 1234,
        "precision": "float32",
        "members": [
            {"seed": seed, "status": status, "epochs": epochs} for seed, status, epochs in members
        ],
    }


NO_PLACE = {"x": math.nan, "y": math.nan, "note": None}


def measured(condition, model, values):
    keys = {"dataset": "d", "condition": condition, "model": model, "recipe": "plain"}
    return pd.DataFrame(
        keys | {"seed": seed, "metric": "test_accuracy", "value": value, "points": 100} | NO_PLACE
        for seed, value in enumerate(values)
    )


def asked(*settings):
    """What an experiment asks for, by condition and model."""
    keys = {"dataset": "d", "recipe": "plain"}
    return [keys | {"condition": condition, "model": model} for condition, model in settings]


BOTH = asked(("true_labels", "m"), ("label_noise-0.50", "m"))


@pytest.fixture
def infos():
    return [
        info("true_labels", "m", [(0, "interpolated", 4), (1, "budget_ended", 9)]),
        # Seed 2 was trained with its block but is not in use.
        info("label_noise-0.50", "m", [(0, "diverged", 2), (1, "interpolated", 6), (2, "x", 1)]),
    ]


@pytest.fixture
def runs(infos):
    tables = [
        measured("true_labels", "m", [0.9, 0.8]),
        measured("label_noise-0.50", "m", [math.nan, 0.5]),
    ]
    return runs_table(tables, infos, BOTH, times=False)


def test_runs_hold_what_was_measured_and_how_training_ended(runs):
    assert len(runs) == 4 * 3
    assert set(runs["metric"]) == {"test_accuracy", "epochs", "interpolated"}
    row = runs[(runs["condition"] == "true_labels") & (runs["seed"] == 1)]
    found = dict(zip(row["metric"], row["value"], strict=True))
    assert found == {"test_accuracy": 0.8, "epochs": 9, "interpolated": 0}
    assert set(runs["label_noise"]) == {0.0, 0.5}
    assert 2 not in set(runs["seed"])


def test_the_summary_counts_and_leaves_out_what_diverged(runs):
    summary = summary_table(runs).set_index(["condition", "metric"])
    clean = summary.loc[("true_labels", "test_accuracy")]
    assert (clean["n"], clean["excluded"]) == (2, 0)
    assert clean["mean"] == pytest.approx(0.85)
    noisy = summary.loc[("label_noise-0.50", "test_accuracy")]
    assert (noisy["n"], noisy["excluded"], noisy["mean"]) == (1, 1, 0.5)


def test_settings_of_other_experiments_are_left_out_and_the_rest_is_in_order(infos):
    tables = [
        pd.concat(
            [
                measured("gaussian", "m", [0.1, 0.2]),
                measured("label_noise-0.50", "m", [0.4, 0.5]),
                measured("true_labels", "m", [0.9, 0.8]),
            ]
        )
    ]
    runs = runs_table(tables, infos, BOTH, times=False)
    assert list(runs["condition"].unique()) == ["true_labels", "label_noise-0.50"]


@pytest.mark.parametrize("metric", ["test_accuracy", "epochs"])
def test_a_metric_that_two_measures_give_is_named(infos, metric):
    once = measured("true_labels", "m", [0.9, 0.8])
    with pytest.raises(InputError, match=f"metric {metric} is measured twice; give one of them"):
        runs_table([once, once.assign(metric=metric)], infos, BOTH, times=False)


@pytest.fixture
def times():
    """A table of runs at a constant rate, by condition, seed and metric."""
    tables = [
        measured("true_labels", "m", [0.9, 0.8, 0.7]),
        measured("label_noise-1.00", "m", [0.1, 0.2, 0.3]),
    ]
    infos = [
        info("true_labels", "m", [(0, "interpolated", 4), (1, "interpolated", 5), (2, "x", 9)]),
        info(
            "label_noise-1.00",
            "m",
            [(0, "interpolated", 12), (1, "budget_ended", 99), (2, "interpolated", 8)],
        ),
    ]
    settings = asked(("true_labels", "m"), ("label_noise-1.00", "m"))
    runs = runs_table(tables, infos, settings, times=True)
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
    assert set(runs.loc[runs["metric"] == metric, "points"]) == {100}
    summary = summary_table(runs).set_index(["condition", "metric"])
    row = summary.loc[("label_noise-1.00", metric)]
    assert (row["n"], row["excluded"]) == (2, 1)
    assert row["mean"] == pytest.approx(0.8)


def test_models_of_different_seeds_keep_their_own():
    infos = [
        info("true_labels", "few", [(0, "interpolated", 4), (1, "interpolated", 5)]),
        info("true_labels", "many", [(seed, "interpolated", 4) for seed in range(5)]),
    ]
    tables = [measured("true_labels", "few", [0.9] * 2), measured("true_labels", "many", [0.8] * 5)]
    settings = asked(("true_labels", "few"), ("true_labels", "many"))
    runs = runs_table(tables, infos, settings, times=True)
    assert not runs["value"].isna().any()
    counts = runs.groupby(["model", "metric"]).size()
    assert set(counts["few"]) == {2}
    assert set(counts["many"]) == {5}


def test_times_without_true_labels_are_relative_to_nothing():
    runs = runs_table(
        [measured("gaussian", "m", [0.1])],
        [info("gaussian", "m", [(0, "interpolated", 3)])],
        asked(("gaussian", "m")),
        times=True,
    )
    assert "relative_epochs" not in set(runs["metric"])
    assert "epochs_to_interpolate" in set(runs["metric"])


def test_under_an_annealed_rate_there_are_no_times(runs):
    assert not {"epochs_to_interpolate", "relative_epochs"} & set(runs["metric"])


def test_random_pixels_have_no_label_noise():
    runs = runs_table(
        [measured("random_pixels", "m", [0.1])],
        [info("random_pixels", "m", [(0, "interpolated", 3)])],
        asked(("random_pixels", "m")),
        times=False,
    )
    assert runs["label_noise"].isna().all()
    assert summary_table(runs)["n"].tolist() == [1, 1, 1]


@pytest.fixture
def functions():
    """What was measured of an untrained network, a trained one and a reference, two seeds each."""
    rows = []
    for model, condition in (("m", "untrained"), ("m", "true_labels"), ("r", "true_labels")):
        keys = {"dataset": "d", "condition": condition, "model": model, "recipe": "plain"}
        for seed in (0, 1):
            base = keys | {"seed": seed, "points": None} | NO_PLACE
            note = "not defined: it jumps" if model == "r" else None
            value = math.nan if model == "r" else 2.0 + seed
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


FUNCTIONS = asked(("untrained", "m"), ("true_labels", "m"), ("true_labels", "r"))


def test_references_stand_beside_networks_and_say_what_they_lack(functions):
    infos = [info("true_labels", "m", [(0, "interpolated", 4), (1, "interpolated", 5)])]
    runs = runs_table(functions, infos, FUNCTIONS, times=False)
    assert set(runs["metric"]) == {"lipschitz_lower", "epochs", "interpolated"}
    summary = summary_table(runs)
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
    table = profiles_table([measured("true_labels", "m", [0.9])], asked(("true_labels", "m")))
    assert table.empty
    assert {"metric", "x", "mean", "low"} <= set(table.columns)


def test_curves_hold_the_seeds_in_use():
    curve = pd.DataFrame({"seed": [0, 1, 2], "epoch": 1, "train_loss": [0.1, 0.2, 0.3]})
    table = curves_table([curve], [info("label_noise-0.50", "m", [])], {"m": [0, 1]})
    assert table["seed"].tolist() == [0, 1]
    assert table["label_noise"].tolist() == [0.5, 0.5]


def test_values_name_their_row_and_the_commits_behind_them(runs):
    summary = summary_table(runs)
    commits = {"runs/d/true_labels/m/plain": ["b", "a"], "runs/d/label_noise-0.50/m/plain": ["a"]}
    values = summary_values("e", summary, commits)
    entry = values["e/m/true_labels/test_accuracy"]
    assert entry["unit"] == "share"
    assert (entry["commits"], entry["runs"]) == (["a", "b"], ["runs/d/true_labels/m/plain"])
    assert entry["seeds"] == "0-1"
    # The row as a spreadsheet counts it, header first.
    assert summary.iloc[entry["row"] - 2]["mean"] == entry["value"]
    assert values["e/m/label_noise-0.50/test_accuracy"]["low"] is None


@pytest.mark.parametrize(
    ("seeds", "told"),
    [([], ""), ([3], "3"), ([0, 1, 2], "0-2"), ([4, 0, 1, 4], "0-1 4"), ([0, 2, 4], "0 2 4")],
)
def test_seeds_are_told_in_ranges(seeds, told):
    assert in_ranges(seeds) == told


def test_values_of_regularised_networks_say_with_what(runs):
    runs = runs.assign(recipe=["fixed-dropout-flip" if seed else "fixed" for seed in runs["seed"]])
    values = summary_values("e", summary_table(runs), {})
    assert values["e/m/true_labels/test_accuracy"]["value"] == 0.9
    assert values["e/m/true_labels/dropout-flip/test_accuracy"]["value"] == 0.8


def test_values_are_written_with_facts_of_data_and_config(runs, infos, tmp_path):
    write_table(summary_table(runs), tmp_path / "summary.csv")
    (tmp_path / "d").mkdir()
    write_json(
        tmp_path / "d" / "dataset.json", {"train_images": 7, "chance_accuracy": 0.1, "s": "x"}
    )
    paths = []
    for number, content in enumerate(infos):
        paths.append(tmp_path / f"{number}.json")
        write_json(paths[-1], content)
    write_records(paths, {"commit": None, "dirty": None})
    row = {"model": "m", "images": "uniform_noise", "student_images": "uniform_noise", "n1": 9}
    row |= {"labels": "hard", "learner": "network"}
    summary = row | {"source": "trained", "n2": 5, "test": "fresh", "metric": "kappa"}
    summary |= {"n": 3, "mean": 0.5, "low": 0.4, "high": 0.6, "seeds": "0-2"}
    write_table(pd.DataFrame([summary]), tmp_path / "pairs.csv")
    reached = {"threshold": 0.2, "n_star": 7.0, "n_star_over_n1": 0.8, "reached": 2, "teachers": 3}
    reached["seeds"] = "0-2"
    write_table(pd.DataFrame([row | reached]), tmp_path / "n_star.csv")
    students = tmp_path / "t/m/uniform_noise-9/block-0/students.json"
    students.parent.mkdir(parents=True)
    write_json(students, {})
    write_records([students], {"commit": "abc", "dirty": False})
    row = {"condition": "true_labels", "function": "k", "images": 30, "mean": 0.9, "n": 2}
    row |= {"metric": "test_accuracy", "low": math.nan, "high": math.nan, "seeds": "1"}
    places = [{"l2": 0.01, "x": math.nan}, {"l2": math.nan, "x": math.nan}, {"l2": 0.0, "x": 1.0}]
    write_table(pd.DataFrame([row | place for place in places]), tmp_path / "made.csv")
    blocks = [tmp_path / "c" / f"block-{block}.csv" for block in (0, 1)]
    blocks[0].parent.mkdir()
    for path, commit in zip(blocks, ("def", "abc"), strict=True):
        path.touch()
        write_records([path], {"commit": commit, "dirty": False})
    spec = {"experiments": ["e"], "labels": {"e": "Digits"}, "facts": {"models/m/seeds": 2}}
    write_json(tmp_path / "claims.json", {"scale": "s", "claims": {}})
    write_values(
        tmp_path / "claims.json",
        [tmp_path / "summary.csv"],
        paths,
        [tmp_path / "d/dataset.json"],
        [tmp_path / "made.csv"],
        blocks,
        [tmp_path / "pairs.csv"],
        [tmp_path / "n_star.csv"],
        [students],
        tmp_path / "v.json",
        spec | {"constructions": ["c"], "transfers": ["t"]},
    )
    values = read_json(tmp_path / "v.json")
    made = {key: entry for key, entry in values.items() if key.startswith("c/")}
    assert list(made) == [
        f"c/k/{images}/{rest}"
        for rest in ("0.01/true_labels/test_accuracy", "true_labels/test_accuracy")
        for images in ("30", "most")
    ]
    assert [entry["row"] for entry in made.values()] == [2, 2, 3, 3]
    assert all(entry["commits"] == ["abc", "def"] for entry in made.values())
    assert {entry["seeds"] for entry in made.values()} == {"1"}, "text, though it could be a number"
    assert values["claims/all"]["value"] == 0
    assert values["e/data/label"]["value"] == "Digits"
    assert values["e/data/train_images"]["value"] == 7
    assert values["e/data/chance_accuracy"]["unit"] == "share"
    assert values["models/m/seeds"]["source"] == "config.yaml"
    assert values["models/m/parameters"]["value"] == 1234
    assert values["e/m/true_labels/epochs"]["commits"] == ["unknown"]
    of_transfer = values["t/m/uniform_noise/uniform_noise/trained/network-hard/fresh/kappa"]
    assert (of_transfer["value"], of_transfer["commits"]) == (0.5, ["abc"])
    assert values["t/m/uniform_noise-9/uniform_noise/network-hard/0.2/n_star"]["value"] == 7


@pytest.mark.parametrize("name", ["null", "nan", "none"])
def test_names_that_read_like_nothing_keep_their_rows(name, tmp_path):
    # A network, a condition, a data set and a recipe of that name.
    keys = dict.fromkeys(["dataset", "condition", "model", "recipe"], name)
    row = keys | {"seed": 0, "metric": "test_accuracy", "value": 0.5, "points": 10, "note": ""}
    places = [{"x": "", "y": ""}, {"x": 1.0, "y": ""}]
    places += [
        {"x": x, "y": 0.0, "metric": f"decision_{of}"} for x in (0, 1) for of in ("class", "margin")
    ]
    pd.DataFrame([row | place for place in places]).to_csv(tmp_path / "m.csv", index=False)
    curve = {"seed": 0, "epoch": 1, "train_loss": 0.5, "train_accuracy": 0.5}
    curve |= {"test_loss": 0.5, "test_accuracy": 0.5}
    pd.DataFrame([curve]).to_csv(tmp_path / "c.csv", index=False)
    about = info(name, name, [(0, "interpolated", 1)]) | keys
    write_json(tmp_path / "i.json", about)
    measured, infos, curves = ([tmp_path / one] for one in ("m.csv", "i.json", "c.csv"))
    spec = {"settings": [keys], "times": False, "seeds": {name: [0]}}
    tables = ("runs", "summary", "profiles", "planes", "curves")
    made = {one: tmp_path / f"{one}.csv" for one in tables}
    write_metrics(measured, infos, [], made["runs"], made["summary"], spec)
    write_profiles(measured, made["profiles"], spec)
    write_planes(measured, made["planes"], spec)
    write_curves(curves, infos, made["curves"], spec)
    lines = {one: path.read_text().splitlines()[1:] for one, path in made.items()}
    assert {one: len(found) for one, found in lines.items()} == {
        "runs": 3, "summary": 3, "profiles": 1, "planes": 2, "curves": 1,
    }  # fmt: skip
    start = f"{name},{name},,{name},{name},"
    assert all(line.startswith(start) for found in lines.values() for line in found)
    values = summary_values("e", read_table(made["summary"]), {})
    assert values[f"e/{name}/{name}/test_accuracy"]["value"] == 0.5
    table = tmp_path / "t.tex"
    spec = {"experiment": "e", "schedule": "one_cycle", "labels": {name: "N"}}
    write_results_table(made["summary"], table, spec)
    assert rf"N & {name} & -- & \val{{e/{name}/{name}/test_accuracy}}" in table.read_text()
