"""Verdicts and names in plain text and in HTML."""

from html import escape as html_escape
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from docutils.core import publish_parts

from rethinking.paper.escape import escape, escape_rst
from rethinking.paper.pages import table_of
from rethinking.paper.plain import groups, overview, plain
from rethinking.paper.verdicts import group_label
from tests.conftest import NAMES
from tests.helpers.verdicts import judged


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
    assert f"<td>{cell}</td>" in table_of(pd.DataFrame([[name]]))


def test_verdicts_are_tables_of_text():
    claims = judged(0.9, 0.91, 0.92)["claims"]
    rows = overview(claims, {}).set_index("")
    assert rows.loc["A", "verdict"] == "supported"
    assert rows.loc["A", "estimate"] == "91.0 % [88.2, 93.2]"
    assert rows.loc["B", "rests on"] == "it is for scale full"
    assert list(groups(claims["A"], {})["group"]) == ["m"]
    assert groups(claims["B"], {}).empty
