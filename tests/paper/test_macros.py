"""The macros by which the paper prints values."""

import re

from rethinking.paper.macros import macros
from tests.helpers.latex import build, entry, text_of


def test_macros_print_values_and_own_up_to_what_was_not_measured(tmp_path):
    values = {
        "e/m/label_noise-0.50/test_accuracy": entry(0.5, "share", 0.25, 0.75),
        "e/m/diverged": entry(None),
    }
    (tmp_path / "values.tex").write_text(
        macros(values, r"50 % of it & more: $0_$10, {a}\b #1", "my_scale")
    )
    body = (
        r"A \val{e/m/label_noise-0.50/test_accuracy}; B \est{e/m/label_noise-0.50/test_accuracy}; "
        r"C \val{no/such}; D \val{e/m/diverged}; "
        r"\ifval{no/such}{not this}\ifval{e/m/label_noise-0.50/test_accuracy}{but this} "
        r"\scalename: \scalebanner"
    )
    # What a number links to is in the register.
    targets = r"\hypertarget{tables/e/summary.csv:7}{}"
    preamble = r"\usepackage{hyperref}\input{values}"
    text = " ".join(text_of(build(tmp_path, body + targets, preamble)).split())
    assert "A 50.0 % [25.0, 75.0]; B 50.0 %; C (not measured); D (not measured); but this" in text
    # A reader of PDFs may lose lines that stand low.
    assert r"myscale:50%ofit&more:$0$10,{a}\b#1" in re.sub("[ _]", "", text)
