"""Verdicts in plain text, and the pages of the report."""

from html import escape as html_escape
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from docutils.core import publish_parts

from rethinking.paper import pages
from rethinking.paper.escape import escape, escape_rst
from rethinking.paper.plain import groups, overview, plain
from rethinking.paper.verdicts import group_label
from tests.conftest import NAMES
from tests.paper.test_verdicts import judged


def test_latex_is_made_plain():
    assert plain(r"50.0\,\% [25.0, 75.0]") == r"50.0 % [25.0, 75.0]"
    assert plain(r"3.20 [0.051, 190]$\,\times 10^{18}$") == r"3.20 [0.051, 190] × 10¹⁸"
    assert (
        plain(r"$\le$ $10^{-6}$, 1\,437, $-0.1$, [2, $\infty$)") == r"≤ 10⁻⁶, 1 437, -0.1, [2, ∞)"
    )
    assert plain(r"MLP 3$\times$512, random labels ($p = 1$)") == "MLP 3×512, random labels (p = 1)"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_the_same_in_plain_text_and_in_html(name):
    assert plain(escape(name)) == name
    assert plain(group_label({"model": "m"}, {"m": name})) == name
    body = publish_parts(escape_rst(f"{name} {name}."), writer="html")["body"]
    read = "".join(ET.fromstring(f"<x>{body}</x>").itertext())
    assert read.strip() == " ".join(f"{name} {name}.".split())
    cell = html_escape(name.strip(), quote=False)
    assert f"<td>{cell}</td>" in pages.table_of(pd.DataFrame([[name]]))


def test_verdicts_are_tables_of_text():
    claims = judged(0.9, 0.91, 0.92)["claims"]
    rows = overview(claims, {}).set_index("")
    assert rows.loc["A", "verdict"] == "supported"
    assert rows.loc["A", "estimate"] == "91.0 % [88.2, 93.2]"
    assert rows.loc["B", "rests on"] == "it is for scale full"
    assert list(groups(claims["A"], {})["group"]) == ["m"]
    assert groups(claims["B"], {}).empty


def test_a_page_has_all_sections_escaped_and_says_what_it_leaves_out(monkeypatch):
    monkeypatch.setattr(pages, "MOST_ROWS", 2)
    long = pd.DataFrame({"x": [1.0, 0.123456, 3.0]})
    text = pages.page(
        "T", [("a < b", "About.", pages.table_of(long)), ("c", "More.", "<table></table>")]
    )
    assert text.count("<table") == 2
    assert '<h2 id="0">a &lt; b</h2>' in text
    assert "The first 2 of 3 rows." in text
    assert "<td>0.1235</td>" in text
    assert "<td>3</td>" not in text


def test_a_network_has_a_row_with_its_folder():
    key = {"dataset": "digits", "condition": "true_labels", "model": "m", "recipe": "r"}
    values = {"train_accuracy": 1.0, "epochs": 7.0, "test_loss": 0.3}
    rows = [
        key | {"seed": seed, "metric": metric, "value": value + seed}
        for seed in (0, 1)
        for metric, value in values.items()
    ]
    found = pages.networks(pd.DataFrame(rows))
    assert list(found["seed"]) == [0, 1]
    assert list(found["epochs"]) == [7, 8]
    assert set(found["files"]) == {"runs/digits/true_labels/m/r"}
    assert "test_loss" not in found


def test_a_network_that_diverged_has_a_row_too():
    key = {"dataset": "digits", "condition": "true_labels", "model": "m", "recipe": "r", "seed": 0}
    rows = [key | {"metric": metric, "value": None} for metric in ("epochs", "train_accuracy")]
    found = pages.networks(pd.DataFrame(rows))
    assert list(found["files"]) == ["runs/digits/true_labels/m/r"]
