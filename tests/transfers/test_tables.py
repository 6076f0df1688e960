import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rethinking.names.condition import KINDS
from rethinking.names.labels import kind_label, main_rows, transfer_key
from rethinking.paper.values import efficiency_values, transfer_values
from rethinking.transfers.tables import (
    confusion_table,
    images_to_reach,
    runs_table,
    sample_efficiency_table,
    summary_table,
)

SIZES = np.array([100, 200, 400, 800])


def row(metric="kappa", value=0.5, **keys):
    given_keys = {
        "dataset": "d", "model": "m", "images": "uniform_noise", "n1": 50,
        "student_images": "uniform_noise", "source": "trained", "labels": "hard", "n2": 100,
        "learner": "network", "test": "fresh", "seed": 0,
    }  # fmt: skip
    rest = {"metric": metric, "x": math.nan, "y": math.nan, "value": value}
    return given_keys | rest | {"points": None, "note": None} | keys


@pytest.mark.parametrize(
    ("kappas", "threshold", "expected"),
    [
        ([0.1, 0.2, 0.3, 0.4], 0.3, 400),
        ([0.1, 0.2, 0.3, 0.4], 0.25, 200 * math.sqrt(2)),  # half way in log n
        ([0.1, 0.2, 0.3, 0.4], 0.05, 100),
        ([0.1, 0.2, 0.3, 0.4], 0.5, math.inf),  # censored
        ([0.1, 0.3, 0.2, 0.4], 0.25, 200),  # a fall is levelled: 0.25 at both
        ([math.nan, 0.2, 0.3, 0.4], 0.25, 200 * math.sqrt(2)),
        ([math.nan] * 4, 0.25, math.inf),
    ],
)
def test_images_to_reach_by_hand(kappas, threshold, expected):
    assert images_to_reach(SIZES, np.array(kappas), threshold) == pytest.approx(expected)


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4), st.floats(0.01, 0.99))
def test_a_higher_kappa_never_takes_fewer_images(kappas, threshold):
    values = np.array(kappas)
    easier = images_to_reach(SIZES, values, threshold / 2)
    assert easier <= images_to_reach(SIZES, values, threshold)
    assert easier >= SIZES[0]


def test_the_median_is_over_all_teachers_and_counts_who_reached_it():
    curves = {0: [0.1, 0.2, 0.3, 0.4], 1: [0.3, 0.4, 0.5, 0.6], 2: [0.0, 0.0, 0.1, 0.1]}
    runs = pd.DataFrame(
        row(value=value, n2=n2, seed=seed)
        for seed, values in curves.items()
        for n2, value in zip(SIZES, values, strict=True)
    )
    # One number of images makes no curve.
    runs = pd.concat([runs, pd.DataFrame([row(learner="linear")])])
    table = sample_efficiency_table(runs, [0.3, 0.55])
    found = table.set_index("threshold")
    assert list(found.loc[0.3, ["teachers", "reached", "at_once"]]) == [3, 2, 1]
    assert found.loc[0.3, "n_star"] == pytest.approx(400)
    assert found.loc[0.3, "n_star_over_n1"] == pytest.approx(8)
    assert found.loc[0.55, "reached"] == 1
    assert math.isnan(found.loc[0.55, "n_star"])
    values = efficiency_values("t", table, {})
    key = "t/m/uniform_noise-50/uniform_noise/network-hard/0.3/n_star"
    assert values[key]["value"] == pytest.approx(400)
    assert (values[key]["row"], values[key]["seeds"]) == (2, "0-2")
    assert values[key.replace("0.3", "0.55")]["value"] is None


def test_the_summary_is_over_teachers_and_leaves_out_what_is_not_defined():
    table = pd.DataFrame(
        [row(value=value, seed=seed) for seed, value in enumerate((0.2, 0.4, math.nan))]
    )
    table["note"] = [None, None, "both are constant"]
    (found,) = summary_table(runs_table([table])).to_dict("records")
    assert (found["n"], found["excluded"]) == (2, 1)
    assert found["mean"] == pytest.approx(0.3)
    assert found["low"] < 0.2 < 0.4 < found["high"], "t with one degree of freedom"
    assert found["note"] == "both are constant"


def test_the_paper_has_the_teachers_and_students_with_the_most_images():
    rows = [row(n1=n1, n2=n2, value=n1 + n2) for n1 in (20, 50) for n2 in (100, 200)]
    rows += [row("entropy", 1.0, n2=0, learner="teacher", labels="none")]
    rows += [row(images="gaussian_noise", student_images="gaussian_noise", n1=10, n2=5)]
    table = summary_table(pd.DataFrame(rows))
    values = transfer_values("t", table, {"transfers/t": ["abc"]})
    key = "t/m/uniform_noise/uniform_noise/trained"
    assert set(values) == {
        f"{key}/network-hard/fresh/kappa",
        f"{key}/teacher/fresh/entropy",
        "t/m/gaussian_noise/gaussian_noise/trained/network-hard/fresh/kappa",
    }
    found = values[f"{key}/network-hard/fresh/kappa"]
    assert found["value"] == 250
    line = table.iloc[found["row"] - 2]
    assert (line["n1"], line["n2"]) == (50, 200)
    assert found["runs"] == ["transfers/t/m/uniform_noise-50"]
    assert (found["seeds"], found["commits"]) == ("0", ["abc"])


def test_keys_are_unique_among_main_rows():
    rows = [row(n2=n2, learner=learner) for n2 in (100, 200) for learner in ("network", "linear")]
    rows += [row(labels="soft", n2=200), row(test="own", n2=200), row(source="x", n2=200)]
    found = main_rows(pd.DataFrame(rows))
    assert len({transfer_key(one) for one in found.to_dict("records")}) == len(found) == 5


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


def test_every_kind_of_images_has_a_name_of_its_own():
    names = [kind_label(kind) for kind in KINDS]
    assert len(set(names)) == len(KINDS)
    assert kind_label("half_walk_channel_marginals") == "half-step walk by channel, shuffled"
