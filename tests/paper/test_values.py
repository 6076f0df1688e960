"""values.json: every number that the paper can print, with what it rests on."""

import math
from pathlib import Path

import pandas as pd
import pytest

from rethinking.files import read_json, write_json
from rethinking.names.kinds import load_kind
from rethinking.paper.specs import Reported, ValuesSpec
from rethinking.paper.values import claim_values, experiment_values, folder_of, write_values
from rethinking.step.provenance import write_records
from rethinking.tables import write_table
from tests.helpers.verdicts import judged

NAN = math.nan


def number(mean=0.9, low=0.8, high=1.0, n=2, unit="share", seeds="0-1"):
    return {"mean": mean, "low": low, "high": high, "n": n, "unit": unit, "seeds": seeds}


def network(condition="true_labels", recipe="r", metric="test_accuracy", **keys):
    row = {"dataset": "d", "condition": condition, "model": "m", "recipe": recipe, "metric": metric}
    return row | number() | keys


def cell(metric="kappa", **keys):
    row = {"dataset": "d", "model": "m", "images": "uniform_noise", "n1": 9, "n2": 5}
    row |= {"student_images": "uniform_noise", "source": "trained", "labels": "hard"}
    row |= {"learner": "network", "test": "fresh", "metric": metric}
    return row | number(unit="coefficient", n=3, seeds="0-2") | keys


def efficiency(**keys):
    row = {"model": "m", "images": "uniform_noise", "n1": 9, "student_images": "uniform_noise"}
    row |= {"learner": "network", "labels": "hard", "threshold": 0.2, "n_star": 7.0}
    return row | {"n_star_over_n1": 0.8, "reached": 2, "teachers": 3, "seeds": "0-2"} | keys


def constructed(l2=NAN, x=NAN, images=30, **keys):
    row = {"condition": "true_labels", "function": "k", "images": images, "l2": l2, "x": x}
    return row | {"metric": "test_accuracy"} | number(seeds="1") | keys


def values_of(kind, commits=(), **tables):
    """The values of an experiment ``e`` of a kind, from the rows of its tables."""
    made = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    return experiment_values("e", load_kind(kind), made, dict(commits))


def test_a_value_names_its_row_and_the_commits_behind_it():
    rows = [network(metric="epochs", unit="epochs"), network(mean=0.7), network("label_noise-0.50")]
    commits = {"runs/d/true_labels/m/r": ["b", "a"], "runs/d/label_noise-0.50/m/r": ["a"]}
    values = values_of("networks", commits, summary=rows)
    assert values["e/m/true_labels/test_accuracy"] == {
        "value": 0.7,
        "low": 0.8,
        "high": 1.0,
        "n": 2,
        "unit": "share",
        "source": "tables/e/summary.csv",
        "row": 3,  # as a spreadsheet counts it, header first
        "seeds": "0-1",
        "runs": ["runs/d/true_labels/m/r"],
        "commits": ["a", "b"],
    }
    assert len(values) == 3


def test_what_is_not_known_is_none_and_rests_on_no_seed():
    row = network(mean=NAN, low=NAN, high=NAN, n=0, seeds=None)
    found = values_of("networks", summary=[row])["e/m/true_labels/test_accuracy"]
    assert (found["value"], found["low"], found["high"], found["seeds"]) == (None, None, None, "")
    # Of a reference function no network was trained.
    assert found["runs"] == found["commits"] == []


def test_values_of_regularised_networks_say_with_what():
    rows = [network(recipe="fixed"), network(recipe="fixed-dropout-flip", mean=0.8)]
    values = values_of("networks", summary=rows)
    assert values["e/m/true_labels/test_accuracy"]["value"] == 0.9
    assert values["e/m/true_labels/dropout-flip/test_accuracy"]["value"] == 0.8


def test_values_of_transfers_are_those_of_the_most_images_and_of_sample_efficiency():
    commits = {"transfers/e/m/uniform_noise-9": ["abc"]}
    rows = [cell(n2=4, mean=0.1), cell(mean=0.5), cell("entropy", learner="teacher", n2=0)]
    gone = efficiency(threshold=0.3, n_star=NAN, n_star_over_n1=NAN, reached=0)
    values = values_of("transfers", commits, summary=rows, sample_efficiency=[efficiency(), gone])
    key = "e/m/uniform_noise/uniform_noise/trained"
    found = values[f"{key}/network-hard/fresh/kappa"]
    assert (found["value"], found["row"], found["unit"]) == (0.5, 3, "coefficient")
    assert (found["seeds"], found["commits"]) == ("0-2", ["abc"])
    assert f"{key}/teacher/fresh/entropy" in values
    key = "e/m/uniform_noise-9/uniform_noise/network-hard"
    found = values[f"{key}/0.2/n_star"]
    assert (found["value"], found["low"], found["unit"], found["n"]) == (7.0, None, "size", 3)
    assert (found["source"], found["row"]) == ("tables/e/sample_efficiency.csv", 2)
    assert values[f"{key}/0.2/reached"]["value"] == 2
    assert values[f"{key}/0.2/teachers"]["unit"] == "number"
    assert values[f"{key}/0.3/n_star"]["value"] is None
    assert values[f"{key}/0.3/reached"]["value"] == 0


def test_values_of_constructions_have_a_key_for_the_most_images_and_none_on_curves():
    rows = [constructed(0.01), constructed(), constructed(0.0, x=1.0), constructed(images=10)]
    values = values_of("constructions", {"constructions/e": {"def", "abc"}}, summary=rows)
    assert {key: found["row"] for key, found in values.items()} == {
        "e/k/30/0.01/true_labels/test_accuracy": 2,
        "e/k/most/0.01/true_labels/test_accuracy": 2,
        "e/k/30/true_labels/test_accuracy": 3,
        "e/k/most/true_labels/test_accuracy": 3,
        "e/k/10/true_labels/test_accuracy": 5,
    }
    assert all(found["commits"] == ["abc", "def"] for found in values.values())


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("runs/d/c/m/r/block-0/run.json", "runs/d/c/m/r"),
        ("transfers/t/m/uniform_noise-9/block-12/students-x.json", "transfers/t/m/uniform_noise-9"),
        ("constructions/c/block-1.csv", "constructions/c"),
    ],
)
def test_blocks_of_one_result_lie_in_one_folder(path, folder):
    assert folder_of(Path(path)) == folder


def made(path, content, **record):
    """A file of a result, with its record."""
    if path.suffix == ".json":
        write_json(path, content)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    write_records([path], {"commit": None, "dirty": None} | record)
    return path


@pytest.fixture
def written(tmp_path):
    """The values of a scale with an experiment of each kind, all of one data set."""
    tables = {
        "e/summary": [network(), network("gaussian", mean=NAN, n=0, seeds=None)],
        "c/summary": [constructed()],
        "t/summary": [cell()],
        "t/sample_efficiency": [efficiency()],
    }
    for name, rows in tables.items():
        write_table(pd.DataFrame(rows), tmp_path / f"tables/{name}.csv")
    facts = {"models/m/parameters": 1234, "models/m/precision": "float32"}
    blocks = [
        made(tmp_path / "runs/d/true_labels/m/r/block-0/run.json", {"facts": facts}),
        made(tmp_path / "runs/d/true_labels/m/r/block-1/run.json", {}, commit="a", dirty=True),
        made(tmp_path / "constructions/c/block-0.csv", None, commit="def", dirty=False),
        made(tmp_path / "constructions/c/block-1.csv", None, commit="abc", dirty=False),
        made(tmp_path / "transfers/t/m/uniform_noise-9/block-0/students-uniform_noise.json", {}),
    ]
    dataset = tmp_path / "data/d/dataset.json"
    write_json(dataset, {"train_images": 7, "chance_accuracy": 0.1, "class_names": ["x"]})
    write_json(tmp_path / "claims.json", {"scale": "s", "claims": {}})
    kinds = {"c": "constructions", "e": "networks", "t": "transfers"}
    spec = ValuesSpec(
        {name: Reported(kind, "d") for name, kind in kinds.items()},
        {"d": "Digits"},
        {"models/m/seeds": 2.0, "e/recipe/schedule": "one cycle"},
    )
    paths = [tmp_path / f"tables/{name}.csv" for name in tables]
    values = tmp_path / "values.json"
    write_values(tmp_path / "claims.json", paths, [dataset] * len(kinds), blocks, values, spec)
    return read_json(values)


def test_values_of_all_kinds_are_written(written):
    assert written["e/m/true_labels/test_accuracy"]["commits"] == ["a+", "unknown"]
    assert written["e/m/gaussian/test_accuracy"]["value"] is None
    assert written["c/k/30/true_labels/test_accuracy"]["commits"] == ["abc", "def"]
    assert written["c/k/30/true_labels/test_accuracy"]["seeds"] == "1", "text, not a number"
    key = "t/m/uniform_noise/uniform_noise/trained/network-hard/fresh/kappa"
    assert written[key]["runs"] == ["transfers/t/m/uniform_noise-9"]
    key = "t/m/uniform_noise-9/uniform_noise/network-hard/0.2/n_star"
    assert written[key]["value"] == 7


def test_values_have_the_facts_of_data_networks_and_config(written):
    assert written["e/data/label"]["value"] == written["c/data/label"]["value"] == "Digits"
    assert written["t/data/train_images"]["value"] == 7
    assert written["e/data/train_images"]["source"] == "data/d/dataset.json"
    assert written["e/data/chance_accuracy"]["unit"] == "share"
    assert "e/data/class_names" not in written
    assert written["models/m/parameters"]["value"] == 1234
    assert written["models/m/parameters"]["source"] == "runs/d/true_labels/m/r"
    assert written["models/m/precision"]["unit"] == "text"
    assert written["models/m/seeds"] == {
        "value": 2.0, "low": None, "high": None, "unit": "number", "source": "config.yaml",
    }  # fmt: skip
    assert written["e/recipe/schedule"]["unit"] == "text"
    assert written["claims/all"]["value"] == 0


def test_claims_are_counted_and_have_what_their_verdicts_rest_on():
    run = "runs/d/true_labels/m/r"
    values = claim_values(judged(0.9, 0.91, 0.92), {run: ["abc"]})
    found = values["claims/A/high"]
    assert found["value"] == pytest.approx(0.91)
    assert found["low"] < 0.9 < 0.92 < found["high"]
    assert (found["n"], found["unit"], found["source"]) == (3, "share", "claims.json")
    assert (found["row"], found["seeds"]) == ("A, high", "0-2")
    assert (found["runs"], found["commits"]) == ([run], ["abc"])
    assert values["claims/A/high/units"]["value"] == 3
    assert values["claims/A/high/effect_size"]["unit"] == "signed"
    counts = {name: values[f"claims/{name}"]["value"] for name in ("all", "supported", "refuted")}
    assert counts == {"all": 2, "supported": 1, "refuted": 0}
    assert values["claims/undecided"]["value"] == 0
    assert values["claims/not_tested"]["value"] == 1
    groups = ("tests", "supported", "refuted", "undecided")
    assert [values[f"claims/A/high/{one}"]["value"] for one in groups] == [1, 1, 0, 0]
    assert values["claims/smallest/p_value"]["value"] == values["claims/A/p_value"]["value"]
    # A claim of another scale rests on nothing.
    assert values["claims/B/p_value"]["value"] is None
    assert "claims/B/high" not in values
