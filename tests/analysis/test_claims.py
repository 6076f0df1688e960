"""Claims on made-up tables of runs: which rows they pick, and what is concluded from them."""

import math

import numpy as np
import pandas as pd
import pytest

from rethinking.analysis.claims import evaluate, evaluate_all
from rethinking.analysis.query import Sample, select
from rethinking.analysis.verdicts import Region, adjusted, deciding, judge, region_of, worst
from rethinking.errors import InputError
from rethinking.paper.values import claim_values

NAN = math.nan


def run(value, seed=0, metric="test_accuracy", model="m", condition="true_labels", **keys):
    noise = {"true_labels": 0.0}.get(condition, NAN)
    if condition.startswith("label_noise"):
        noise = float(condition.partition("-")[2])
    found = {"dataset": "d", "condition": condition, "label_noise": noise, "model": model}
    found |= {"recipe": "r", "seed": seed, "metric": metric, "value": value, "points": NAN}
    return found | {"note": NAN} | keys


def runs(*values, **keys):
    """A row for each of some seeds."""
    return [run(value, seed, **keys) for seed, value in enumerate(values)]


def criterion(**keys):
    found = {"of": "x", "experiment": "e", "metric": "test_accuracy", "where": {}}
    found |= {"over": ["model", "condition"], "quantifier": "each", "estimator": "value"}
    return found | {"interval": "t"} | keys


def picked(table, chance=0.1, **keys):
    """The group and the values of each sample of a criterion."""
    samples = select(pd.DataFrame(table), "e", criterion(**keys), chance)
    return [(list(sample.group.values()), list(sample.values)) for sample in samples]


TWO = [
    *runs(0.9, 0.8, model="a"),
    *runs(0.5, 0.4, model="a", condition="label_noise-0.50"),
    *runs(0.1, 0.2, model="a", condition="label_noise-1.00"),
    *runs(0.7, 0.6, model="b"),
    *runs(0.3, 0.3, model="b", condition="label_noise-1.00"),
    *runs(5.0, 6.0, model="b", metric="epochs"),
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


def test_what_a_row_is_held_against_is_paired_by_seed():
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
    # What is not above chance is no unit to measure in.
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


def test_levels_of_noise_are_held_against_the_next_lower_one_that_there_is():
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


def student(value, seed=0, metric="kappa", images="uniform_noise", n2=40, **keys):
    found = {"dataset": "d", "model": "m", "images": images, "n1": 10, "student_images": images}
    found |= {"source": "trained", "labels": "hard", "n2": n2, "learner": "network"}
    found |= {"test": "fresh", "seed": seed, "metric": metric, "value": value, "points": NAN}
    return found | {"note": NAN} | keys


def test_most_is_of_each_group_by_itself():
    table = [student(0.1, n2=20), student(0.2, n2=40), student(0.3, images="gaussian_noise", n2=5)]
    found = picked(table, metric="kappa", where={"n2": "most"}, over=["images"])
    assert found == [(["uniform_noise"], [0.2]), (["gaussian_noise"], [0.3])]
    (least,) = picked(
        table, metric="kappa", where={"n2": "least", "images": "uniform_noise"}, over=["model"]
    )
    assert least == (["m"], [0.1])


def test_columns_may_have_to_be_the_same():
    table = [student(0.1), student(0.2, student_images="gaussian_noise")]
    where = {"student_images": {"same_as": "images"}}
    assert picked(table, metric="kappa", where=where, over=["images"]) == [
        (["uniform_noise"], [0.1])
    ]


def test_images_to_reach_are_bounds_at_the_edges_of_what_was_tried():
    table = [
        *(student(value, 0, n2=n2) for n2, value in ((20, 0.1), (80, 0.3))),
        *(student(value, 1, n2=n2) for n2, value in ((20, 0.0), (80, 0.1))),
    ]
    keys = {"metric": "kappa", "over": ["model"], "estimator": "images_to_reach"}
    (sample,) = select(pd.DataFrame(table), "e", criterion(reach=0.2, **keys), 0.1)
    # Half way from 20 to 80 on a logarithmic scale, over n1 = 10; the other is beyond 80.
    assert list(sample.values) == pytest.approx([4.0, 8.0])
    assert (sample.at_least, sample.at_most) == ({1}, set())
    (sample,) = select(pd.DataFrame(table), "e", criterion(reach=0.05, **keys), 0.1)
    assert next(iter(sample.values)) == 2.0
    assert (sample.at_least, sample.at_most) == (set(), {0})


def test_images_are_tried_where_kappa_is_defined():
    table = [
        *(student(value, 0, n2=n2) for n2, value in ((20, 0.1), (80, 0.1), (320, NAN))),
        *(student(value, 1, n2=n2) for n2, value in ((20, NAN), (80, 0.3), (320, 0.4))),
        *(student(NAN, 2, n2=n2) for n2 in (20, 80, 320)),
    ]
    keys = {"metric": "kappa", "over": ["model"], "estimator": "images_to_reach", "reach": 0.2}
    (sample,) = select(pd.DataFrame(table), "e", criterion(**keys), 0.1)
    assert list(sample.values) == pytest.approx([8.0, 8.0, NAN], nan_ok=True)
    assert (sample.at_least, sample.at_most) == ({0}, {1})


def test_bounds_of_terms_and_of_means_are_of_their_units():
    table = [
        *runs(0.9, 0.8, 0.7, model="a"), *runs(1.0, 0.9, 1.0, model="a", metric="train_accuracy"),
        *runs(0.5, 0.4, 0.3, model="b"), *runs(1.0, 1.0, 0.9, model="b", metric="train_accuracy"),
    ]  # fmt: skip
    keys = {"where": {"model": "a"}, "over": ["model"], "estimator": "difference"}
    keys |= {"against": {"model": "b"}}
    (one,) = select(pd.DataFrame(table), "e", criterion(**keys), 0.1)
    assert (one.at_least, one.at_most) == ({1}, {2})
    (mean,) = select(pd.DataFrame(table), "e", criterion(over=["model"], quantifier="mean"), 0.1)
    assert (mean.at_least, mean.at_most) == ({1, 2}, set())


def test_pairs_are_in_the_order_of_another_metric():
    table = [
        *runs(0.9, 0.8, model="a"), *runs(1.0, 2.0, model="a", metric="norm"),
        *runs(0.5, 0.6, model="b"), *runs(7.0, 9.0, model="b", metric="norm"),
        *runs(0.1, 0.1, model="c"), *runs(8.0, 8.0, model="c", metric="norm"),
        # It does not fit its labels with every seed.
        *runs(1.0, 0.9, model="c", metric="train_accuracy"),
    ]  # fmt: skip
    found = picked(table, over=["condition", "model"], estimator="by_order", order="norm")
    assert found == [(["true_labels", "b against a"], pytest.approx([-0.4, -0.2]))]


def test_a_mean_over_groups_is_of_the_seeds_that_all_have():
    table = [*runs(0.9, 0.8, 0.7, model="a"), *runs(0.5, 0.4, model="b")]
    (sample,) = select(pd.DataFrame(table), "e", criterion(over=["model"], quantifier="mean"), 0.1)
    assert list(sample.values) == pytest.approx([0.7, 0.6])
    assert sample.group == {}


def test_what_the_scale_does_not_have_is_not_selected():
    assert picked(TWO, where={"condition": "gaussian"}) == []
    # Nor what has nothing to be held against.
    keys = {"where": {"condition": "true_labels"}, "over": ["model"], "estimator": "difference"}
    found = picked(TWO, against={"condition": "label_noise-0.50"}, **keys)
    assert [group for group, _ in found] == [["a"]]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"metric": "kapa"}, "runs.csv of e has no metric 'kapa'; known: epochs, test_accuracy"),
        ({"where": {"modell": "a"}}, "runs.csv of e has no column 'modell'; known: condition"),
        ({"over": ["colour"]}, "has no column 'colour'"),
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
    (found,) = picked(table, metric="kappa", over=["model"])
    assert found[1][0] == 0.1
    assert math.isnan(found[1][1]), "its teacher diverged"


def sample(*values, **keys):
    return Sample({"model": "m"}, range(len(values)), np.array(values, dtype=float), **keys)


ABOVE_0 = Region(0, math.inf, closed=False)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        # Half widths are t(.975, 2) s / √3, with s = .1: .248.
        ((0.2, 0.3, 0.4), "supported"),
        ((-0.2, -0.3, -0.4), "refuted"),
        ((0.1, 0.2, 0.3), "undecided"),
    ],
)
def test_the_whole_interval_decides(values, verdict):
    assert judge(sample(*values), ABOVE_0, "t")["verdict"] == verdict


def test_equivalence_needs_the_interval_within_the_margin():
    around = region_of(
        {"around": "chance_error", "margin": {"default": 0.05, "full": 0.01}}, 0.1, "demo"
    )
    assert (around.low, around.high) == pytest.approx((0.85, 0.95))
    assert judge(sample(0.899, 0.9, 0.901), around, "t")["verdict"] == "supported"
    assert judge(sample(0.87, 0.9, 0.93), around, "t")["verdict"] == "undecided"
    assert judge(sample(0.799, 0.8, 0.801), around, "t")["verdict"] == "refuted"
    narrow = region_of({"around": 0.9, "margin": {"default": 0.05, "full": 0.001}}, 0.1, "full")
    assert judge(sample(0.899, 0.9, 0.901), narrow, "t")["verdict"] == "undecided"


def test_ends_belong_to_a_region_or_not():
    assert region_of({"at_least": 1}, 0.1, "s").holds(1, 2)
    assert not region_of({"above": 1}, 0.1, "s").holds(1, 2)
    assert region_of({"above": 1}, 0.1, "s").excludes(0, 1)
    assert not region_of({"at_most": 1}, 0.1, "s").excludes(1, 2)
    assert region_of({"below": "chance_accuracy"}, 0.1, "s").excludes(0.1, 0.2)
    assert region_of({"within": [0, 2]}, 0.1, "s").holds(0, 2)


def test_a_unit_without_a_value_leaves_it_undecided():
    found = judge(sample(0.3, NAN, 0.3001, 0.3002), ABOVE_0, "t")
    assert (found["verdict"], found["why"]) == ("undecided", "1 of 4 units have no value")
    assert (found["n"], found["excluded"], found["seeds"]) == (3, 1, [0, 2, 3])
    assert judge(sample(NAN), ABOVE_0, "t")["estimate"] is None


def test_one_unit_or_equal_ones_leave_it_undecided_but_for_shares_of_a_sample():
    assert judge(sample(0.3), ABOVE_0, "t")["why"] == "one unit gives no interval"
    assert "no interval: all units agree" in judge(sample(0.3, 0.3), ABOVE_0, "t")["why"]
    found = judge(sample(1.0, 1.0, points=360), Region(0.98, math.inf), "logit_t")
    assert found["verdict"] == "supported", "Clopper and Pearson: from .9898"
    found = judge(sample(0.9, 1.0), Region(0.95, math.inf), "range")
    assert (found["verdict"], found["low"], found["high"]) == ("undecided", 0.9, 1.0)


def test_what_is_a_lower_bound_cannot_refute_from_below():
    stopped = sample(0.2, 0.3, 0.4, at_least=frozenset({1}))
    fitted = Region(0.99, math.inf)
    assert judge(stopped, fitted, "t")["verdict"] == "refuted"
    assert judge(stopped, fitted, "t", "lower")["verdict"] == "undecided"
    assert judge(stopped, fitted, "t", "lower_where_unfitted")["high"] is None
    assert judge(sample(0.2, 0.3, 0.4), fitted, "t", "lower_where_unfitted")["verdict"] == "refuted"
    # It can support, and refute what was to be below.
    assert judge(stopped, ABOVE_0, "t", "lower")["verdict"] == "supported"
    assert judge(stopped, Region(-math.inf, -1), "t", "lower")["verdict"] == "refuted"


ALL = frozenset({0, 1, 2})
AT_MOST_TENTH = Region(-math.inf, 0.1)


@pytest.mark.parametrize(
    ("values", "bounds", "expected"),
    [
        # None had reached it with the most images, or all had with the fewest.
        ((5.0, 5.0, 5.0), {"at_least": ALL}, (5.0, None, "refuted", None)),
        ((0.1, 0.1, 0.1), {"at_most": ALL}, (None, 0.1, "supported", None)),
        ((0.05, 0.05, 0.05), {"at_least": ALL}, (0.05, None, "undecided", None)),
        # One that is no bound says that there is no spread, and not where all are.
        ((5.0, 5.0, 5.0), {"at_least": {0, 1}}, (None, None, "undecided", "no interval: all")),
        ((5.0, 5.0, 5.0), {}, (None, None, "undecided", "no interval: all")),
        ((5.0,), {"at_least": {0}}, (None, None, "undecided", "one unit gives no")),
        # A unit without a value has no bound either.
        ((5.0, 5.0, math.inf), {"at_least": ALL}, (5.0, None, "undecided", "1 of 3 units")),
        ((4.0, 5.0, 5.0), {"at_least": {1, 2}, "at_most": {0}},
         (None, None, "undecided", "no interval: values are bounds, some from below and some")),
        ((5.0, 5.0, 5.0), {"at_least": ALL, "at_most": ALL},
         (None, None, "undecided", "no interval: values are bounds, some from below and some")),
    ],
)  # fmt: skip
def test_units_that_all_were_stopped_at_one_value_have_it_for_a_bound(values, bounds, expected):
    marked = {key: frozenset(units) for key, units in bounds.items()}
    found = judge(sample(*values, **marked), AT_MOST_TENTH, "log_t", "lower_where_unfitted")
    low, high, verdict, why = expected
    assert (found["low"], found["high"], found["verdict"]) == (low, high, verdict)
    assert (found["why"] or "").startswith(why or "")
    assert (found["why"] is None) == (why is None)
    assert found["estimate"] == pytest.approx(np.mean([one for one in values if one < math.inf]))


def test_ratios_at_or_below_zero_get_a_plain_interval():
    found = judge(sample(-0.1, 0.2, 0.5), Region(-math.inf, 10), "log_t")
    assert found["low"] == pytest.approx(0.2 - 4.302653 * 0.3 / math.sqrt(3), abs=1e-5)
    assert found["verdict"] == "supported"


def test_p_values_are_of_sign_changes_and_have_a_least():
    found = judge(sample(1.0, 2.0, 3.0), ABOVE_0, "t")
    assert found["p_value"] == found["least_p_value"] == 1 / 8
    # Of the eight sign changes of -1, 2, 3 five have a mean of 4/3 or more: 6, 4, and itself.
    assert judge(sample(-1.0, 2.0, 3.0), ABOVE_0, "t")["p_value"] == 2 / 8
    two = judge(sample(1.0, 2.0, 3.0), Region(0, 10), "t")
    assert two["p_value"] == 1 / 8, "both ends"
    assert judge(sample(1.0, 2.0), ABOVE_0, "range")["p_value"] is None


def test_effect_sizes_are_distances_in_standard_deviations():
    assert judge(sample(1.0, 2.0, 3.0), ABOVE_0, "t")["effect_size"] == pytest.approx(2)
    assert judge(sample(1.0, 2.0, 3.0), Region(0, 3), "t")["effect_size"] == pytest.approx(1)
    assert judge(sample(1.0, 1.0), ABOVE_0, "t")["effect_size"] is None


def test_what_would_decide_is_told():
    found = judge(sample(0.1, 0.2, 0.3), ABOVE_0, "t")
    # t(.975, 3) .1 / √4 = .159 < .2.
    assert (found["verdict"], found["units_needed"]) == ("undecided", 4)
    # On the scale of the interval: with four, the upper end is .868 there, .880 on the plain one.
    share = judge(sample(0.75, 0.8, 0.85), Region(-math.inf, 0.875), "logit_t")
    assert (share["verdict"], share["units_needed"]) == ("undecided", 4)
    assert judge(sample(-1.0, 1.0, 0.0), ABOVE_0, "t")["units_needed"] is None
    assert judge(sample(1.0, 2.0, 3.0, 2.0), ABOVE_0, "t")["units_needed"] is None


def test_holm_by_hand():
    assert adjusted([0.01, None, 0.04, 0.03]) == [
        pytest.approx(0.03), None, pytest.approx(0.06), pytest.approx(0.06),
    ]  # fmt: skip
    assert adjusted([None]) == [None]


def test_a_verdict_rests_on_the_worst():
    assert worst(["supported", "undecided", "supported"]) == "undecided"
    assert worst(["undecided", "refuted", "not tested"]) == "refuted"
    tests = [
        {"verdict": verdict, "low": low, "high": low + 1, "estimate": low}
        for verdict, low in (
            ("supported", 1),
            ("undecided", -0.5),
            ("undecided", -0.9),
            ("supported", 5),
        )
    ]
    assert deciding(tests, ABOVE_0, "each") == 2
    assert deciding(tests, ABOVE_0, "some") == 3


def claim(**keys):
    one = criterion(where={"condition": "true_labels"}, over=["model"], above=0.5)
    found = {"source": "rebuttal", "section": "s", "statement": "It is so.", "scale": "any"}
    return found | {"criteria": {"high": one | keys}}


HIGH = pd.DataFrame([*runs(0.9, 0.91, 0.92, model="a"), *runs(0.4, 0.41, 0.42, model="b")])


def test_each_some_or_the_mean_must_hold():
    verdicts = {
        quantifier: evaluate(claim(quantifier=quantifier), {"e": HIGH}, {"e": 0.1}, "s")["verdict"]
        for quantifier in ("each", "some", "mean")
    }
    assert verdicts == {"each": "refuted", "some": "supported", "mean": "supported"}
    none = evaluate(claim(quantifier="some", above=0.95), {"e": HIGH}, {"e": 0.1}, "s")
    assert none["verdict"] == "refuted"


def test_a_claim_for_another_scale_may_be_about_what_this_one_does_not_measure():
    mine = claim(metric="of_my_own") | {"scale": "mine"}
    found = evaluate(mine, {"e": HIGH}, {"e": 0.1}, "s")
    assert (found["verdict"], found["why"]) == ("not tested", "it is for scale mine")
    with pytest.raises(InputError, match=r"criterion high: .*no metric 'of_my_own'"):
        evaluate(mine, {"e": HIGH}, {"e": 0.1}, "mine")


def test_a_claim_needs_as_many_units_as_the_group_that_needs_most():
    table = pd.DataFrame([*runs(0.4, 0.6, 0.8, model="a"), *runs(0.5, 0.6, 0.7, model="b")])
    found = evaluate(claim(), {"e": table}, {"e": 0.1}, "s")
    each = [test["units_needed"] for test in found["criteria"]["high"]["tests"]]
    assert found["units_needed"] == max(each) == each[0]
    table.loc[0, "value"] = NAN
    assert evaluate(claim(), {"e": table}, {"e": 0.1}, "s")["units_needed"] is None


def test_some_group_is_found_by_chance_more_easily():
    found = evaluate(claim(quantifier="some"), {"e": HIGH}, {"e": 0.1}, "s")
    assert found["p_value"] == 2 / 8
    assert evaluate(claim(above=0.0), {"e": HIGH}, {"e": 0.1}, "s")["p_value"] == 1 / 8


def test_a_claim_is_tested_at_its_scale_and_where_its_runs_are():
    for_full = claim() | {"scale": "full"}
    found = evaluate(for_full, {"e": HIGH}, {"e": 0.1}, "demo")
    assert (found["verdict"], found["why"]) == ("not tested", "it is for scale full")
    assert evaluate(for_full, {"e": HIGH}, {"e": 0.1}, "full")["verdict"] == "refuted"
    assert evaluate(claim(), {}, {}, "demo")["why"] == "this scale has no e"
    found = evaluate(claim(where={"condition": "gaussian"}), {"e": HIGH}, {"e": 0.1}, "demo")
    assert (found["verdict"], found["why"]) == ("not tested", "this scale has no runs for high")


def test_a_claim_that_dangles_is_named():
    ledger = {"claims": {"R9": claim(metric="kapa")}}
    with pytest.raises(InputError, match=r"claims.yaml: R9: criterion high: .* no metric 'kapa'"):
        evaluate_all(ledger, {"e": HIGH}, {"e": 0.1}, "s")


def test_values_have_what_verdicts_rest_on():
    ledger = {"claims": {"A": claim(), "B": claim() | {"scale": "full"}}}
    claims = evaluate_all(ledger, {"e": HIGH}, {"e": 0.1}, "s")
    run = "runs/d/true_labels/b/r"
    values = claim_values(claims, {run: ["abc"]})
    entry = values["claims/A/high"]
    assert (entry["value"], entry["n"], entry["unit"]) == (pytest.approx(0.41), 3, "share")
    assert (entry["source"], entry["row"]) == ("claims.json", "A, high")
    assert (entry["runs"], entry["seeds"], entry["commits"]) == ([run], "0-2", ["abc"])
    counts = {
        key: values[f"claims/A/high/{key}"]["value"] for key in ("tests", "supported", "refuted")
    }
    assert counts == {"tests": 2, "supported": 1, "refuted": 1}
    assert values["claims/refuted"]["value"] == values["claims/not_tested"]["value"] == 1
    assert values["claims/B/p_value"]["value"] is None
