"""Which rows of a table of runs a criterion of a claim picks, and the values made of them."""

import math

import numpy as np
import pandas as pd
import pytest

from rethinking.analysis.query import select, unit_of
from rethinking.errors import InputError
from tests.helpers.criteria import NAN, criterion, run, runs, student
from tests.helpers.verdicts import CHANCE, run_of


def selected(table, kind="networks", **keys):
    """The samples of a criterion about the experiment ``e``, which is of a kind."""
    return select(pd.DataFrame(table), "e", criterion(**keys), CHANCE, run_of(kind))


def picked(table, kind="networks", **keys):
    """The group and the values of each sample of a criterion."""
    samples = selected(table, kind, **keys)
    return [(list(sample.group.values()), list(sample.values)) for sample in samples]


TWO = [
    *runs(0.9, 0.8, model="a"),
    *runs(0.5, 0.4, model="a", condition="label_noise-0.50"),
    *runs(0.1, 0.2, model="a", condition="label_noise-1.00"),
    *runs(0.7, 0.6, model="b"),
    *runs(0.3, 0.3, model="b", condition="label_noise-1.00"),
    *runs(5.0, 6.0, model="b", metric="epochs", unit="epochs"),
]


def test_filters_are_a_value_a_list_or_all_but_some():
    assert picked(TWO, where={"model": "b", "condition": "true_labels"}) == [
        (["b", "true_labels"], [0.7, 0.6])
    ]
    both = picked(
        TWO, where={"condition": ["true_labels", "label_noise-0.50"]}, over=["model", "condition"]
    )
    assert [group for group, _ in both] == [
        ["a", "true_labels"], ["a", "label_noise-0.50"], ["b", "true_labels"],
    ]  # fmt: skip
    assert picked(TWO, where={"model": {"not": "a"}, "condition": "true_labels"}) == [
        (["b", "true_labels"], [0.7, 0.6])
    ]


def test_the_other_term_is_that_of_the_same_seed():
    keys = {"where": {"condition": "label_noise-1.00"}, "over": ["model"]}
    keys |= {"against": {"condition": "true_labels"}}
    assert picked(TWO, estimator="difference", **keys) == [
        (["a"], pytest.approx([-0.8, -0.6])),
        (["b"], pytest.approx([-0.4, -0.3])),
    ]
    assert picked(TWO, estimator="ratio", **keys)[1] == (["b"], pytest.approx([3 / 7, 0.5]))
    # Chance, .1, is taken off both.
    above = picked(TWO, estimator="ratio", above_chance=True, **keys)
    assert above[1] == (["b"], pytest.approx([0.2 / 0.6, 0.2 / 0.5]))
    # Nothing can be measured in multiples of what is not above chance.
    (nothing,) = picked(
        [*runs(0.1, 0.05), *runs(0.3, 0.3, condition="label_noise-1.00")],
        estimator="ratio",
        above_chance=True,
        **keys,
    )
    assert np.isnan(nothing[1]).all()


def test_the_other_may_be_another_column_of_what_tells_groups_apart():
    table = [*TWO, *runs(0.25, 0.3, model="reference", condition="label_noise-1.00")]
    found = picked(
        table,
        where={"condition": "label_noise-1.00", "model": {"not": "reference"}},
        over=["model"],
        estimator="difference",
        against={"model": "reference"},
    )
    assert found == [(["a"], pytest.approx([-0.15, -0.1])), (["b"], pytest.approx([0.05, 0.0]))]


def test_levels_of_noise_are_compared_with_the_next_lower_one_that_there_is():
    keys = {"over": ["model", "label_noise"], "against": {"label_noise": "previous"}}
    table = [*TWO, *runs(0.0, 0.0, model="a", condition="random_pixels")]
    assert picked(table, estimator="difference", **keys) == [
        (["a", 0.5], pytest.approx([-0.4, -0.4])),
        (["a", 1.0], pytest.approx([-0.4, -0.2])),
        (["b", 1.0], pytest.approx([-0.4, -0.3])),
    ]
    # The ceiling falls by .9 from p = 0 to p = 1, and by .45 in half of that.
    falls = picked(table, estimator="fall_over_ceiling", **keys)
    assert falls[0] == (["a", 0.5], pytest.approx([0.4 / 0.45] * 2))
    assert falls[2] == (["b", 1.0], pytest.approx([0.4 / 0.9, 0.3 / 0.9]))


def test_regularisation_is_part_of_the_recipe():
    table = [*runs(0.9, 0.8), *runs(0.95, 0.9, recipe="r-dropout-flip")]
    found = picked(
        table,
        where={"regularization": {"not": "none"}},
        against={"regularization": "none"},
        over=["model", "regularization"],
        estimator="difference",
    )
    assert found == [(["m", "dropout-flip"], pytest.approx([0.05, 0.1]))]


def test_most_is_of_each_group_by_itself():
    table = [student(0.1, n2=20), student(0.2, n2=40), student(0.3, images="gaussian_noise", n2=5)]
    found = picked(table, "transfers", metric="kappa", where={"n2": "most"}, over=["images"])
    assert found == [(["uniform_noise"], [0.2]), (["gaussian_noise"], [0.3])]
    (least,) = picked(
        table,
        "transfers",
        metric="kappa",
        where={"n2": "least", "images": "uniform_noise"},
        over=["model"],
    )
    assert least == (["m"], [0.1])


def test_columns_may_have_to_be_the_same():
    table = [student(0.1), student(0.2, student_images="gaussian_noise")]
    where = {"student_images": {"same_as": "images"}}
    assert picked(table, "transfers", metric="kappa", where=where, over=["images"]) == [
        (["uniform_noise"], [0.1])
    ]


def test_images_to_reach_are_bounds_at_the_edges_of_what_was_tried():
    table = [
        *(student(value, 0, n2=n2) for n2, value in ((20, 0.1), (80, 0.3))),
        *(student(value, 1, n2=n2) for n2, value in ((20, 0.0), (80, 0.1))),
    ]
    keys = {"metric": "kappa", "over": ["model"], "estimator": "images_to_reach"}
    (sample,) = selected(table, "transfers", reach=0.2, **keys)
    # Half way from 20 to 80 on a logarithmic scale, over n1 = 10; the other is beyond 80.
    assert list(sample.values) == pytest.approx([4.0, 8.0])
    assert (sample.at_least, sample.at_most) == ({1}, set())
    (sample,) = selected(table, "transfers", reach=0.05, **keys)
    assert next(iter(sample.values)) == 2.0
    assert (sample.at_least, sample.at_most) == (set(), {0})


def test_images_are_tried_where_kappa_is_defined():
    table = [
        *(student(value, 0, n2=n2) for n2, value in ((20, 0.1), (80, 0.1), (320, NAN))),
        *(student(value, 1, n2=n2) for n2, value in ((20, NAN), (80, 0.3), (320, 0.4))),
        *(student(NAN, 2, n2=n2) for n2 in (20, 80, 320)),
    ]
    keys = {"metric": "kappa", "over": ["model"], "estimator": "images_to_reach", "reach": 0.2}
    (sample,) = selected(table, "transfers", **keys)
    assert list(sample.values) == pytest.approx([8.0, 8.0, NAN], nan_ok=True)
    assert (sample.at_least, sample.at_most) == ({0}, {1})


def test_bounds_of_terms_and_of_means_are_of_their_units():
    table = [
        *runs(0.9, 0.8, 0.7, model="a"), *runs(1.0, 0.9, 1.0, model="a", metric="train_accuracy"),
        *runs(0.5, 0.4, 0.3, model="b"), *runs(1.0, 1.0, 0.9, model="b", metric="train_accuracy"),
    ]  # fmt: skip
    keys = {"where": {"model": "a"}, "over": ["model"], "estimator": "difference"}
    keys |= {"against": {"model": "b"}}
    (one,) = selected(table, **keys)
    assert (one.at_least, one.at_most) == ({1}, {2})
    (mean,) = selected(table, over=["model"], quantifier="mean")
    assert (mean.at_least, mean.at_most) == ({1, 2}, set())


def test_pairs_are_in_the_order_of_another_metric():
    table = [
        *runs(0.9, 0.8, model="a"), *runs(1.0, 2.0, model="a", metric="norm", unit="size"),
        *runs(0.5, 0.6, model="b"), *runs(7.0, 9.0, model="b", metric="norm", unit="size"),
        *runs(0.1, 0.1, model="c"), *runs(8.0, 8.0, model="c", metric="norm", unit="size"),
        # It does not fit its labels with every seed.
        *runs(1.0, 0.9, model="c", metric="train_accuracy"),
    ]  # fmt: skip
    found = picked(table, over=["condition", "model"], estimator="by_order", order="norm")
    assert found == [(["true_labels", "b against a"], pytest.approx([-0.4, -0.2]))]


def test_a_mean_over_groups_is_of_the_seeds_that_all_have():
    table = [*runs(0.9, 0.8, 0.7, model="a"), *runs(0.5, 0.4, model="b")]
    (sample,) = selected(table, over=["model"], quantifier="mean")
    assert list(sample.values) == pytest.approx([0.7, 0.6])
    assert sample.group == {}


def test_what_the_scale_does_not_have_is_not_selected():
    assert picked(TWO, where={"condition": "gaussian"}) == []
    # Nor what has no other term.
    keys = {"where": {"condition": "true_labels"}, "over": ["model"], "estimator": "difference"}
    found = picked(TWO, against={"condition": "label_noise-0.50"}, **keys)
    assert [group for group, _ in found] == [["a"]]


def test_a_sample_names_the_folders_of_both_its_terms():
    (one, other) = selected(
        TWO,
        where={"condition": "label_noise-1.00"},
        over=["model"],
        estimator="difference",
        against={"condition": "true_labels"},
    )
    assert one.runs == ["runs/d/label_noise-1.00/a/r", "runs/d/true_labels/a/r"]
    assert other.runs == ["runs/d/label_noise-1.00/b/r", "runs/d/true_labels/b/r"]
    (mean,) = selected(TWO, where={"condition": "true_labels"}, quantifier="mean")
    assert mean.runs == ["runs/d/true_labels/a/r", "runs/d/true_labels/b/r"]
    (of_teachers,) = selected([student(0.1)], "transfers", metric="kappa", over=["model"])
    assert of_teachers.runs == ["transfers/e/m/uniform_noise-10"]


def test_the_unit_of_a_metric_is_that_of_its_rows():
    table = pd.DataFrame(TWO)
    assert unit_of(table, "test_accuracy") == "share"
    assert unit_of(table, "epochs") == "epochs"
    assert unit_of(table, "of_my_own") == "number"


def test_the_unit_is_no_column_that_tells_rows_apart():
    with pytest.raises(InputError, match=r"rows differ in recipe; name it"):
        picked([run(0.1), run(0.2, unit="number", recipe="s")])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"metric": "kapa"}, "runs.csv of e has no metric 'kapa'; known: epochs, test_accuracy"),
        ({"where": {"modell": "a"}}, "runs.csv of e has no column 'modell'; known: condition"),
        ({"over": ["colour"]}, "has no column 'colour'"),
        ({"over": ["unit"]}, "has no column 'unit'"),
        (
            {"over": ["model"]},
            "not one number for each unit: rows differ in condition, label_noise",
        ),
        ({"where": {"recipe": "s"}}, "no test_accuracy with recipe 's'; known: r"),
        ({"estimator": "ratio", "against": {"metric": "epoch"}}, "no metric 'epoch'"),
        ({"where": {"model": {"same_as": "modell"}}}, "no column 'modell'"),
        ({"estimator": "images_to_reach", "reach": 0.2}, "no column 'n1'"),
        (
            {"estimator": "difference", "against": {"label_noise": "previous"}},
            "needs label_noise under over",
        ),
        (
            {"estimator": "fall_over_ceiling", "against": {"condition": "true_labels"}},
            "fall_over_ceiling needs against",
        ),
    ],
)
def test_what_a_claim_names_and_is_not_there_is_named(keys, said):
    with pytest.raises(InputError, match=said):
        picked(TWO, **keys)


def test_units_without_a_row_are_missing():
    table = [
        student(0.1),
        *(student(0.0, seed, "interpolated", learner="teacher") for seed in (0, 1)),
    ]
    (found,) = picked(table, "transfers", metric="kappa", over=["model"])
    assert found[1][0] == 0.1
    assert math.isnan(found[1][1]), "its teacher diverged"
