"""Verdicts on claims, from made-up tables of runs."""

import pandas as pd
import pytest
import yaml

from rethinking.analysis.claims import evaluate, evaluate_all, write_claims
from rethinking.analysis.specs import ClaimsSpec
from rethinking.errors import InputError
from rethinking.files import read_json, write_json
from rethinking.names.units import UNITS
from rethinking.paper.values import claim_values
from rethinking.tables import write_table
from tests.helpers.criteria import NAN, criterion, runs, student
from tests.helpers.verdicts import evidence


def claim(**keys):
    one = criterion(where={"condition": "true_labels"}, over=["model"], above=0.5)
    found = {"source": "rebuttal", "section": "s", "statement": "It is so.", "scale": "any"}
    return found | {"criteria": {"high": one | keys}}


HIGH = pd.DataFrame([*runs(0.9, 0.91, 0.92, model="a"), *runs(0.4, 0.41, 0.42, model="b")])


def test_each_some_or_the_mean_must_hold():
    verdicts = {
        quantifier: evaluate(claim(quantifier=quantifier), evidence(HIGH), "s")["verdict"]
        for quantifier in ("each", "some", "mean")
    }
    assert verdicts == {"each": "refuted", "some": "supported", "mean": "supported"}
    none = evaluate(claim(quantifier="some", above=0.95), evidence(HIGH), "s")
    assert none["verdict"] == "refuted"


def test_a_claim_for_another_scale_may_be_about_what_this_one_does_not_measure():
    mine = claim(metric="of_my_own") | {"scale": "mine"}
    found = evaluate(mine, evidence(HIGH), "s")
    assert (found["verdict"], found["why"]) == ("not tested", "it is for scale mine")
    with pytest.raises(InputError, match=r"criterion high: .*no metric 'of_my_own'"):
        evaluate(mine, evidence(HIGH), "mine")


def test_a_claim_needs_as_many_units_as_the_group_that_needs_most():
    table = pd.DataFrame([*runs(0.4, 0.6, 0.8, model="a"), *runs(0.5, 0.6, 0.7, model="b")])
    found = evaluate(claim(), evidence(table), "s")
    each = [test["units_needed"] for test in found["criteria"]["high"]["tests"]]
    assert found["units_needed"] == max(each) == each[0]
    table.loc[0, "value"] = NAN
    assert evaluate(claim(), evidence(table), "s")["units_needed"] is None


def test_some_group_is_found_by_chance_more_easily():
    found = evaluate(claim(quantifier="some"), evidence(HIGH), "s")
    assert found["p_value"] == 2 / 8
    assert evaluate(claim(above=0.0), evidence(HIGH), "s")["p_value"] == 1 / 8


def test_a_claim_is_tested_at_its_scale_and_where_its_runs_are():
    for_full = claim() | {"scale": "full"}
    found = evaluate(for_full, evidence(HIGH), "demo")
    assert (found["verdict"], found["why"]) == ("not tested", "it is for scale full")
    assert evaluate(for_full, evidence(HIGH), "full")["verdict"] == "refuted"
    assert evaluate(claim(), {}, "demo")["why"] == "this scale has no e"
    found = evaluate(claim(where={"condition": "gaussian"}), evidence(HIGH), "demo")
    assert (found["verdict"], found["why"]) == ("not tested", "this scale has no runs for high")


def test_a_claim_that_dangles_is_named():
    ledger = {"claims": {"R9": claim(metric="kapa")}}
    with pytest.raises(InputError, match=r"claims.yaml: R9: criterion high: .* no metric 'kapa'"):
        evaluate_all(ledger, evidence(HIGH), "s")


# Of a metric that no name tells the unit of.
LEVELS = pd.DataFrame(
    [
        *runs(0.9, 0.8, 0.7, metric="mine"),
        *runs(0.5, 0.4, 0.2, metric="mine", condition="label_noise-1.00"),
        *runs(1.0, 2.0, 1.0, metric="order", unit="size"),
        *runs(3.0, 4.0, 5.0, metric="order", unit="size", condition="label_noise-1.00"),
    ]
)
NOISY = {"where": {"condition": "label_noise-1.00"}, "over": ["model"]}
NOISY |= {"against": {"condition": "true_labels"}}
STEPWISE = {"over": ["model", "label_noise"], "where": {}}
STEPWISE |= {"against": {"label_noise": "previous"}}


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"estimator": "value"}, lambda unit: unit),
        ({"estimator": "difference"} | NOISY, lambda unit: UNITS[unit].difference),
        (
            {"estimator": "by_order", "order": "order", "where": {}, "over": ["condition"]},
            lambda unit: UNITS[unit].difference,
        ),
        ({"estimator": "ratio"} | NOISY, lambda _: "ratio"),
        ({"estimator": "fall_over_ceiling"} | STEPWISE, lambda _: "ratio"),
    ],
)
def test_the_unit_of_an_estimate_follows_from_that_of_the_rows(unit, keys, expected):
    rows = LEVELS["metric"] == "mine"
    table = LEVELS.assign(unit=LEVELS["unit"].mask(rows, unit))
    found = evaluate(claim(metric="mine", **keys), evidence(table), "s")["criteria"]["high"]
    assert found["tests"], "it is tested"
    assert found["unit"] == expected(unit)


def test_images_to_reach_a_kappa_are_a_ratio():
    table = pd.DataFrame(student(n2 / 100, seed, n2=n2) for n2 in (10, 80) for seed in (0, 1))
    keys = {"metric": "kappa", "estimator": "images_to_reach", "reach": 0.5, "where": {}}
    found = evaluate(claim(**keys), evidence(table, "transfers"), "s")["criteria"]["high"]
    assert found["tests"][0]["n"] == 2
    assert found["unit"] == "ratio"


def test_without_results_an_estimate_is_just_a_number():
    found = evaluate(claim(), {}, "s")["criteria"]["high"]
    assert (found["unit"], found["tests"]) == ("number", [])
    difference = evaluate(claim(estimator="difference", **NOISY), {}, "s")["criteria"]["high"]
    assert difference["unit"] == UNITS["number"].difference


def test_values_have_what_verdicts_rest_on():
    ledger = {"claims": {"A": claim(), "B": claim() | {"scale": "full"}}}
    claims = evaluate_all(ledger, evidence(HIGH), "s")
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


def test_claims_are_judged_by_the_runs_and_the_chance_of_their_experiment(tmp_path):
    of_students = {"experiment": "t", "metric": "kappa", "where": {}}
    claims = {"A": claim(above="chance_accuracy")}
    claims |= {"T": claim(above="chance_accuracy", **of_students)}
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump({"claims": claims}))
    tables = {"e": HIGH, "t": pd.DataFrame(student(0.3 + n / 100, n) for n in range(3))}
    paths = {name: tmp_path / name / "runs.csv" for name in tables}
    datasets = [tmp_path / name / "dataset.json" for name in tables]
    for (name, path), dataset, chance in zip(paths.items(), datasets, (0.5, 0.2), strict=True):
        write_table(tables[name], path)
        write_json(dataset, {"chance_accuracy": chance})
    spec = ClaimsSpec({"e": "networks", "t": "transfers"}, "s")
    ledger, judged = tmp_path / "claims.yaml", tmp_path / "claims.json"
    write_claims(ledger, list(paths.values()), datasets, judged, spec)
    found = read_json(judged)
    assert found["scale"] == "s"
    networks, students = (found["claims"][name]["criteria"]["high"] for name in "AT")
    assert (networks["region"], students["region"]) == ([0.5, None], [0.2, None])
    assert [test["verdict"] for test in networks["tests"]] == ["supported", "refuted"]
    assert [test["verdict"] for test in students["tests"]] == ["supported"]
    assert networks["tests"][1]["runs"] == ["runs/d/true_labels/b/r"]
    assert students["tests"][0]["runs"] == ["transfers/t/m/uniform_noise-10"]
