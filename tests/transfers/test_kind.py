"""Transfers as a kind of experiment: what the paper prints of them, and by which keys."""

import math

import pandas as pd
import pytest

from rethinking.analysis.summaries import summary_table
from rethinking.names.condition import KINDS
from rethinking.names.kinds import load_kind
from rethinking.names.labels import kind_label
from rethinking.paper.values import experiment_values
from rethinking.transfers.kind import key, main_rows
from rethinking.transfers.tables import KEYS, sample_efficiency_table
from tests.helpers.transfers import measured_row as row

TRANSFERS = load_kind("transfers")


def values(rows, thresholds=(), commits=None):
    """The numbers of a transfer ``t``, and its tables."""
    runs = pd.DataFrame(rows)
    tables = {
        "summary": summary_table(runs, KEYS),
        "sample_efficiency": sample_efficiency_table(runs, thresholds),
    }
    return experiment_values("t", TRANSFERS, tables, commits or {}), tables


def test_all_numbers_of_sample_efficiency_can_be_printed():
    kappas = {0: [0.1, 0.3], 1: [0.3, 0.5], 2: [0.0, 0.1]}
    rows = [
        row(value=value, n2=n2, seed=seed)
        for seed, curve in kappas.items()
        for n2, value in zip((100, 400), curve, strict=True)
    ]
    found, _ = values(rows, [0.3, 0.55])
    start = "t/m/uniform_noise-50/uniform_noise/network-hard"
    told = {
        name: (found[f"{start}/0.3/{name}"]["value"], found[f"{start}/0.3/{name}"]["unit"])
        for name in ("n_star", "n_star_over_n1", "reached", "teachers")
    }
    assert told == {
        "n_star": (pytest.approx(400), "size"),
        "n_star_over_n1": (pytest.approx(8), "size"),
        "reached": (2, "number"),
        "teachers": (3, "number"),
    }
    entry = found[f"{start}/0.3/n_star"]
    assert (entry["row"], entry["seeds"], entry["n"]) == (2, "0-2", 3)
    assert entry["source"] == "tables/t/sample_efficiency.csv"
    assert found[f"{start}/0.55/n_star"]["value"] is None
    assert found[f"{start}/0.55/n_star"]["row"] == 3


def test_the_paper_has_the_teachers_and_students_with_the_most_images():
    rows = [row(n1=n1, n2=n2, value=n1 + n2, unit="number") for n1 in (20, 50) for n2 in (100, 200)]
    rows += [row("entropy", 1.0, n2=0, learner="teacher", labels="none", unit="size")]
    rows += [row(images="gaussian_noise", student_images="gaussian_noise", n1=10, n2=5)]
    found, tables = values(rows, commits={"transfers/t/m/uniform_noise-50": ["abc"]})
    start = "t/m/uniform_noise/uniform_noise/trained"
    assert set(found) == {
        f"{start}/network-hard/fresh/kappa",
        f"{start}/teacher/fresh/entropy",
        "t/m/gaussian_noise/gaussian_noise/trained/network-hard/fresh/kappa",
    }
    entry = found[f"{start}/network-hard/fresh/kappa"]
    assert (entry["value"], entry["unit"]) == (250, "number")
    line = tables["summary"].iloc[entry["row"] - 2]
    assert (line["n1"], line["n2"]) == (50, 200)
    assert entry["runs"] == ["transfers/t/m/uniform_noise-50"]
    assert (entry["seeds"], entry["commits"]) == ("0", ["abc"])
    assert found[f"{start}/teacher/fresh/entropy"]["unit"] == "size"


def test_a_number_that_no_teacher_has_is_none_and_of_no_seeds():
    found, _ = values([row(value=math.nan)])
    (entry,) = found.values()
    assert (entry["value"], entry["low"], entry["high"]) == (None, None, None)
    assert (entry["n"], entry["seeds"]) == (0, "")


def test_keys_are_unique_among_main_rows():
    rows = [row(n2=n2, learner=learner) for n2 in (100, 200) for learner in ("network", "linear")]
    rows += [row(labels="soft", n2=200), row(test="own", n2=200), row(source="x", n2=200)]
    found = main_rows(pd.DataFrame(rows))
    assert len({key(one) for one in found.to_dict("records")}) == len(found) == 5


def test_a_row_is_of_the_folder_of_its_teachers():
    about = row(model="mlp", images="half_walk_pixel", n1=20, student_images="uniform_noise")
    assert TRANSFERS.run("walks", about) == "transfers/walks/mlp/half_walk_pixel-20"


def test_every_kind_of_images_has_a_name_of_its_own():
    names = [kind_label(kind) for kind in KINDS]
    assert len(set(names)) == len(KINDS)
    assert kind_label("half_walk_channel_marginals") == "half-step walk by channel, shuffled"
