"""The register: each number that the paper prints is a link to where it comes from."""

import re

from rethinking.paper.macros import anchor
from rethinking.paper.register import register


def entry(value=0.5, source="tables/e/summary.csv", row=7, **keys):
    found = {"value": value, "low": None, "high": None, "n": 3, "unit": "share", "source": source}
    found |= {
        "row": row,
        "runs": ["runs/d/c/m/r"],
        "seeds": "0-2",
        "commits": ["0123456789abcdef+"],
    }
    return found | keys


def test_the_register_has_a_target_for_each_number_that_is_printed():
    values = {
        "e/m/c/test_accuracy": entry(),
        "e/m/c/most/test_accuracy": entry(),  # another name of the same row
        "e/m/c/train_accuracy": entry(row=8),
        "e/m/c/epochs": entry(row=9),
        "e/m/c/none": entry(value=None, row=10),
        "e/m/other": entry(row=11, seeds="0-1", runs=[f"runs/{n}" for n in range(5)]),
        "e/recipe/momentum": {"value": 0.9, "unit": "number", "source": "config.yaml"},
    }
    texts = [
        r"\val{e/m/c/test_accuracy} \est{e/m/c/most/test_accuracy} \est{e/m/other} \val{no/such}",
        r"% \val{key} and \newcommand{\val}[1]{\printval{val}{#1}}",
        r"\val{e/m/c/train_accuracy}\est{e/recipe/momentum}\val{e/m/c/none} \drawn{spectra}",
    ]
    figure = {"table": "tables/e/t.csv", "module": "profiles", "commit": "abc"}
    figures = {"spectra": figure, "unused": figure}
    text = register(texts, values, figures)
    assert re.findall(r"\\registered\{([^}]*)\}", text) == [
        "config.yaml:e/recipe/momentum",
        "tables/e/summary.csv:11",
        "tables/e/summary.csv:7",
        "tables/e/summary.csv:8",
        "figures/spectra",
    ]
    group = r"\nolinkurl{runs/d/c/m/r}; seeds 0--2; commit \texttt{0123456789+}"
    assert rf"\registergroup{{\nolinkurl{{tables/e/summary.csv}}}}{{{group}}}" in text
    assert r"\nolinkurl{runs/2}, 2 more; seeds 0--1" in text
    assert r"\registered{tables/e/summary.csv:8}{8 train accuracy}" in text
    code = r"\nolinkurl{src/rethinking/figures/profiles.py}, table \nolinkurl{tables/e/t.csv}"
    assert code in text


def test_anchors_have_no_signs_that_mean_something_to_latex():
    assert anchor("k", entry(source="claims.json", row="Z1, fit_x")) == "claims.json:Z1..fit.x"
    assert anchor("a/b_c/x", {"source": "config.yaml"}) == "config.yaml:a/b.c/x"
