import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rethinking.errors import InputError
from rethinking.paper.accuracy_table import accuracy_table
from rethinking.paper.build import build_pdf
from rethinking.paper.escape import escape
from rethinking.paper.macros import macros, number, with_interval


def entry(value, unit="number", low=None, high=None, n=None):
    return {"value": value, "unit": unit, "low": low, "high": high, "n": n}


@pytest.mark.parametrize(
    ("given_entry", "printed"),
    [
        (entry(0.9712, "share"), r"97.1\,\%"),
        (entry(1.0, "seeds", n=5), "5 of 5"),
        (entry(2 / 3, "seeds", n=3), "2 of 3"),
        (entry(12.0, "epochs"), "12.0"),
        (entry(1437), r"1\,437"),
        (entry(0.03), "0.03"),
        (entry("R&D", "text"), r"R\&D"),
    ],
)
def test_numbers_are_printed_in_the_way_of_their_unit(given_entry, printed):
    assert number(given_entry) == printed


def test_intervals_follow_in_brackets():
    assert with_interval(entry(0.5, "share", 0.25, 0.75)) == r"50.0\,\% [25.0, 75.0]"
    assert with_interval(entry(0.5, "share")) == r"50.0\,\%"


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"])))
def test_escaped_text_leaves_no_command_to_its_writer(text):
    left = re.sub(r"\\text(backslash|asciitilde|asciicircum)\{\}|\\[&%$#_{}]", "", escape(text))
    assert not set(left) & set("\\&%$#_{}~^")


def test_the_table_looks_every_number_up():
    summary = pd.DataFrame(
        {"model": model, "condition": condition, "metric": "test_accuracy", "n": 3}
        | {"excluded": int(model == "b")}
        for model in ("a", "b")
        for condition in ("true_labels", "label_noise-0.50")
    )
    table = accuracy_table("e", summary, {"a": "A&B", "b": "C"})
    assert table.count(r"\\") == 5
    assert table.count(r"\addlinespace") == 1
    assert table.count("3 (1 diverged)") == 2
    assert r"A\&B & true labels & 3 & \val{e/a/true_labels/train_accuracy}" in table


def build(folder, body, preamble=""):
    main = folder / "main.tex"
    main.write_text(
        rf"\documentclass{{article}}{preamble}\begin{{document}}{body}\end{{document}}" + "\n"
    )
    build_pdf([main], folder, folder.glob("values.tex"), folder / "out" / "paper.pdf")
    return folder / "out" / "paper.pdf"


def text_of(pdf):
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(pdf).pages)


def test_macros_print_values_and_own_up_to_what_was_not_measured(tmp_path):
    values = {
        "e/m/label_noise-0.50/test_accuracy": entry(0.5, "share", 0.25, 0.75),
        "e/m/diverged": entry(None),
    }
    (tmp_path / "values.tex").write_text(macros(values, "50 % of it & more", "my_scale"))
    body = (
        r"A \val{e/m/label_noise-0.50/test_accuracy}; B \est{e/m/label_noise-0.50/test_accuracy}; "
        r"C \val{no/such}; D \val{e/m/diverged}; "
        r"\ifval{no/such}{not this}\ifval{e/m/label_noise-0.50/test_accuracy}{but this} "
        r"\scalename: \scalebanner"
    )
    text = " ".join(text_of(build(tmp_path, body, r"\input{values}")).split())
    assert "A 50.0 % [25.0, 75.0]; B 50.0 %; C (not measured); D (not measured); but this" in text
    assert "my_scale: 50 % of it & more" in text.replace("my scale", "my_scale")


def test_a_pdf_is_the_same_bytes_each_time(tmp_path):
    first = build(tmp_path, "x", r"\pdftrailerid{}").read_bytes()
    assert build(tmp_path, "x", r"\pdftrailerid{}").read_bytes() == first


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"\nosuchcommand", "Undefined control sequence"),
        (r"\ref{nowhere}", "Reference `nowhere'"),
        (r"\cite{nobody}", "Citation `nobody'"),
        (r"\ref{nowhere} \input{gone}", "File `gone.tex' not found"),
    ],
)
def test_what_latex_complains_of_ends_the_build_with_a_line(tmp_path, body, said):
    with pytest.raises(InputError, match=said) as caught:
        build(tmp_path, body)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out" / "paper.pdf").exists()


def test_a_missing_latex_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="LaTeX is missing"):
        build(tmp_path, "x")


def test_the_text_of_the_results_has_no_number_typed_by_hand(root):
    # p = 0, 0.5, 1 and 95 % name conditions and intervals; all else is looked up.
    for path in [root / "paper/main.tex", root / "paper/sections/results.tex"]:
        body = path.read_text().partition(r"\begin{document}")[2] or path.read_text()
        body = re.sub(
            r"\\(val|est|ifval|ref|label|input|includegraphics|setlength)\{[^}]*\}(\{[^}]*\})?",
            "",
            body,
        )
        body = re.sub(r"95\\,\\%|\$p = [0-9.]+\$|0\.95\\textwidth|black!8|\{4\.5pt\}", "", body)
        assert not re.findall(r"\d+(?:\.\d+)?", body), path
