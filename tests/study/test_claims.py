"""The ledger of claims is checked before anything runs."""

import copy
from pathlib import Path

import pytest
import yaml

from rethinking.constructions.study import SGD
from rethinking.errors import InputError
from rethinking.study.claims import check_claims
from rethinking.study.kinds import entry_of, experiments, study_of
from rethinking.tables import read_table

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/claims.schema.yaml"
REFERENCES = ROOT / "paper/references.bib"


@pytest.fixture(scope="module")
def config():
    return yaml.safe_load((ROOT / "config.yaml").read_text())


@pytest.fixture(scope="module")
def published():
    return yaml.safe_load((ROOT / "paper/claims.yaml").read_text())


def check(config, ledger, folder):
    path = folder / "claims.yaml"
    path.write_text(ledger if isinstance(ledger, str) else yaml.safe_dump(ledger))
    check_claims(config, SCHEMA, path, REFERENCES)


def test_the_ledger_has_the_claims_of_both_parents_and_passes(config, published, tmp_path):
    check(config, published, tmp_path)
    claims = published["claims"]
    assert list(claims) == [*(f"Z{n}" for n in range(1, 9)), *(f"R{n}" for n in range(1, 9))]
    for name, claim in claims.items():
        assert claim["source"] == ("rebuttal" if name[0] == "R" else "zhang2017understanding")
        # What a claim's sentences say of it is said of this claim.
        assert set(claim["says"]) >= {"supported", "refuted", "undecided"}
        assert len(set(claim["says"].values())) == len(claim["says"]), "one wording for each"
    for_full = {name for name, claim in claims.items() if claim["scale"] == "full"}
    assert for_full == {"R1", "Z3"}


MISTAKES = [
    ("Z1.statement", "κ is high.", "Z1.statement: the paper has no character 'κ'; write Latin"),
    ("Z1.criteria.fit.experiment", "randomisation", "did you mean 'randomization'"),
    ("Z1.criteria.fit.where.condition", "label_noise-0.99", "with condition 'label_noise-0.99'"),
    ("Z2.criteria.faster.against.condition", "labels", "no scale has corruption with condition"),
    ("R8.criteria.own.against.source", "nearest", "known: nearest_neighbour, new_initialisation, "),
    ("R2.criteria.rougher.where.model", {"not": ["white"]}, "did you mean 'white_noise'"),
    ("Z8.criteria.order.where.l2", 0.5, "no scale has implicit with l2 0.5"),
    ("Z1.source", "zhang2016", "source 'zhang2016' is not in"),
    ("Z1.scale", "ful", "there is no scale 'ful'; did you mean 'full'"),
    ("Z1.criteria.fit.estimator", "mean", "'mean' is not one of"),
    ("Z1.criteria.fit.at_most", 1.0, "write one of at_least, at_most"),
    ("Z1.criteria.fit.against", {"model": "x"}, "against, order, reach, above_chance only"),
    ("Z1.criteria.chance.margin", 0, "0 is less than or equal to"),
    ("Z1.criteria.fit.meteric", "x", "'meteric' was unexpected"),
    ("Z1.criteria.fit.over", [], "should be non-empty"),
    ("Z1.says.perhaps", "x", "'perhaps' was unexpected"),
    ("Z1.says.refuted", "by 5 %", "a bare % hides what follows"),
    ("Z1.says.refuted", r"\because{Z1", "braces do not match"),
    ("R6.criteria.smooth.within", [2, 0], "within: [2, 0] holds nothing"),
    ("Z1.criteria.chance.margin", {"default": 0.1, "ful": 0.01}, "there is no scale 'ful'"),
    ("Z5.criteria.without.at_most", float("inf"), "inf is not finite"),
]


@pytest.mark.parametrize(("key", "value", "said"), MISTAKES, ids=[one[0] for one in MISTAKES])
def test_a_mistake_in_it_ends_with_one_line_that_names_it(
    config, published, tmp_path, key, value, said
):
    ledger = copy.deepcopy(published)
    *path, last = key.split(".")
    place = ledger["claims"]
    for part in path:
        place = place[part]
    place[last] = value
    with pytest.raises(InputError) as caught:
        check(config, ledger, tmp_path)
    message = str(caught.value)
    assert said in message
    assert path[0] in message
    assert "\n" not in message


def test_a_name_that_latex_would_read_otherwise_is_refused(config, published, tmp_path):
    ledger = {"claims": {"my_claim": published["claims"]["Z7"]}}
    with pytest.raises(InputError, match="'my_claim' does not match"):
        check(config, ledger, tmp_path)


@pytest.mark.parametrize(
    "text", ["claims: [", "- a", "claims: {}", "other: {}", "claims: {A: 1, B: 2, A: 3}"]
)
def test_what_is_no_ledger_is_refused(config, tmp_path, text):
    with pytest.raises(InputError, match=r"claims\.yaml"):
        check(config, text, tmp_path)


def test_a_claim_may_be_about_what_one_scale_has(config, published, tmp_path):
    # Channels of walks are in full only, which R7 names beside what the demo has.
    walks = published["claims"]["R7"]["criteria"]["learn"]["where"]["images"]
    assert "random_walk_channel" in walks
    assert "random_walk_channel" not in str(config["scales"]["demo"])


def known(config, experiment):
    """The values in columns of an experiment of the demo, which claims may name."""
    kind = experiments(config, "demo")[experiment]
    return study_of(kind).columns(entry_of(config, "demo", experiment))


def test_claims_may_name_all_functions_of_a_construction(config):
    for experiment in ("implicit", "expressivity"):
        table = read_table(ROOT / f"results/reference/demo/tables/{experiment}/summary.csv")
        assert set(table["function"]) == known(config, experiment)["function"]
    assert set(SGD) <= known(config, "implicit")["function"]


@pytest.mark.parametrize(
    ("experiment", "columns"),
    [
        ("corruption", ["model", "condition"]),
        ("smoothness", ["model", "condition"]),
        ("implicit", ["condition", "images", "l2"]),
        ("two_stage", ["model", "images", "student_images", "n1", "n2", "source"]),
    ],
)
def test_claims_may_name_all_values_in_columns_of_published_tables(config, experiment, columns):
    table = read_table(ROOT / f"results/reference/demo/tables/{experiment}/summary.csv")
    for column in columns:
        # Teachers alone have no images of students.
        values = set(table[column].dropna()) - ({0} if column == "n2" else set())
        assert values == known(config, experiment)[column], column
