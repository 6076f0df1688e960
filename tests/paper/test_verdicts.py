"""Sentences and tables that follow from verdicts."""

import re

import pandas as pd
import pytest

from rethinking.analysis.claims import evaluate_all
from rethinking.paper.macros import macros
from rethinking.paper.values import claim_values
from rethinking.paper.verdicts import (
    because,
    by_source_and_verdict,
    claims_table,
    criteria_table,
    group_label,
    region_text,
    verdict_macros,
)
from tests.helpers.latex import build, text_of
from tests.helpers.verdicts import evidence, judged, ledger


@pytest.mark.parametrize(
    ("values", "sentence"),
    [((0.9, 0.91), "It is high"), ((0.1, 0.11), "It is low"), ((0.4, 0.6), "Who knows?")],
)
def test_the_sentence_is_that_of_the_verdict(values, sentence):
    text = verdict_macros(judged(*values), {"m": "M"})
    (line,) = [line for line in text.splitlines() if line.startswith(r"\setverdict{A}")]
    assert sentence in line
    others = {"It is high", "It is low", "Who knows?"} - {sentence}
    assert not any(other in line for other in others)


def test_a_claim_without_sentences_gets_plain_ones():
    text = verdict_macros(judged(0.9, 0.91), {"m": "M"})
    (line,) = [line for line in text.splitlines() if line.startswith(r"\setverdict{B}")]
    assert line.endswith(r"{Claim B (``It is 90 \% high.'') is not tested at this scale.}")


def test_a_flipped_verdict_changes_what_latex_prints(tmp_path):
    printed = []
    for number, values in enumerate([(0.9, 0.91, 0.92), (0.1, 0.11, 0.12)]):
        claims = judged(*values)
        folder = tmp_path / str(number)
        folder.mkdir()
        text = macros(claim_values(claims, {}), "banner", "s") + verdict_macros(
            claims, {"m": "My & net"}
        )
        (folder / "values.tex").write_text(text)
        body = (
            r"\claim{A} \verdict{A}. \claim{B} \ifverdict{A}{refuted}{Down!}"
            r"\ifverdict{A/high}{supported}{Up!} \ifval{claims/rebuttal/refuted}{Fell: "
            r"\val{claims/rebuttal/refuted}.}\hypertarget{claim.A}{}\hypertarget{claim.B}{}"
            r"\hypertarget{claims.json:A..high}{}"
        )
        pdf = build(folder, body, r"\usepackage{hyperref}\input{values}")
        printed.append(" ".join(text_of(pdf).split()))
    up, down = printed
    assert up.startswith(
        "It is high: the test accuracy, κ was 91.0 % [88.2, 93.2] for My & net (claimed > 50 %)."
    )
    assert "supported. Claim B" in up
    assert "Up!" in up
    assert down.startswith("It is low: the test accuracy, κ was 11.0 % [")
    assert "Down! Fell: A." in down


def test_what_it_rests_on_says_how_many_would_decide_or_why_not():
    undecided = judged(0.45, 0.55, 0.65)["claims"]["A"]
    assert r"; \est{claims/A/units_needed} seeds would decide" in because("A", undecided)
    assert "one unit gives no interval" in because("A", judged(0.9)["claims"]["A"])
    assert because("B", judged(0.9)["claims"]["B"]) == "it is for scale full"
    assert "was not known for" in because(
        "A", judged(float("nan"), 0.9 * float("nan"))["claims"]["A"]
    )


@pytest.mark.parametrize(
    ("kappa", "printed", "verdict"),
    [(0.1, r"at least 5.00 [5.00, $\infty$)", "supported"),
     (0.3, r"at most 0.05 ($-\infty$, 0.05]", "refuted")],
)  # fmt: skip
def test_an_estimate_that_is_a_bound_is_printed_as_one(kappa, printed, verdict):
    of = {"dataset": "d", "model": "m", "images": "uniform_noise", "n1": 20}
    of |= {"unit": "coefficient"}
    table = pd.DataFrame(
        of | {"n2": n2, "seed": seed, "metric": "kappa", "value": kappa, "points": None}
        for n2 in (1, 100)
        for seed in range(3)
    )
    keys = {"metric": "kappa", "estimator": "images_to_reach", "reach": 0.2, "interval": "log_t"}
    claims = evaluate_all(ledger(**keys), evidence(table, "transfers"), "s")
    assert claims["claims"]["A"]["verdict"] == verdict
    defined = macros(claim_values(claims, {}), "banner", "s")
    (value,) = re.findall(r"\\setval\{claims/A/high\}\{[^}]*\}\{[^}]*\}\{(.*)\}", defined)
    reason = because("A", claims["claims"]["A"])
    assert f"was {printed} for" in reason.replace(r"\val{claims/A/high}", value)


def test_the_tables_have_a_row_for_each_claim_and_look_numbers_up():
    claims = judged(0.9, 0.91, 0.92)
    rows = [line for line in claims_table(claims).splitlines() if r"\verdict{" in line]
    assert rows == [
        r"\hyperlink{claim.A}{A} & It is 90 \% high. & \verdict{A} & \because{A} \\",
        r"\hyperlink{claim.B}{B} & It is 90 \% high. & \verdict{B} & \because{B} \\",
    ]
    table = criteria_table(claims, {"m": "M"})
    assert r"\hypertarget{claim.A}{A} & test accuracy, $\kappa$: $>$ 50\,\%, each & " in table
    assert r"& M & \val{claims/A/high} (\est{claims/A/high/units})" in table
    row = r"\hypertarget{claim.B}{B} & test accuracy, $\kappa$: $>$ 50\,\%, each & "
    assert row + r" &  &  &  & not tested \\" in table
    assert "91" not in table, "estimates are looked up"


def test_lists_of_claims_are_by_source_and_verdict():
    assert by_source_and_verdict(judged(0.9, 0.91)) == {
        "rebuttal/supported": ["A"],
        "rebuttal/not_tested": ["B"],
    }


@pytest.mark.parametrize(
    ("group", "label"),
    [
        ({"model": "m", "condition": "label_noise-1.00"}, "M, random labels ($p = 1$)"),
        ({"model": "m", "label_noise": 0.5}, "M, $p = 0.5$"),
        ({"model": "m", "regularization": "dropout-random_crop"}, "M, dropout, random crop"),
        ({"model": "m", "images": "half_walk_pixel"}, "M, half-step walk by pixel"),
        ({"images": 50, "function": "a_b against c"}, "$n = 50$, ``a, b'' against ``c''"),
        ({"x_y": 3}, r"x\_y 3"),
        ({}, "mean over all"),
    ],
)
def test_groups_are_called_as_readers_know_them(group, label):
    assert group_label(group, {"m": "M"}) == label


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"at_least": 0.99, "unit": "share"}, r"$\ge$ 99\,\%"),
        ({"above": 0, "unit": "change"}, "$>$ 0 points"),
        ({"at_most": 1e-6, "unit": "rounding"}, r"$\le$ $10^{-6}$"),
        ({"below": "chance_error", "unit": "share"}, "$<$ the error of chance"),
        (
            {"around": "chance_error", "region": [None, None], "unit": "share"},
            "about the error of chance",
        ),
        ({"within": [0, 2], "region": [0.0, 2.0], "unit": "ratio"}, "0 to 2"),
        (
            {"around": "chance_accuracy", "region": [0.05, 0.15], "unit": "share"},
            r"5\,\% to 15\,\%",
        ),
    ],
)
def test_regions_are_told_in_the_unit_of_the_estimate(keys, text):
    assert region_text(keys) == text
