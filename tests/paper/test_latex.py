"""All generated LaTeX: a file for each table of the config, and no claim that the ledger lacks."""

import json

import pandas as pd
import pytest

from rethinking.errors import InputError
from rethinking.files import write_json
from rethinking.paper.latex import check_claims, write_latex
from rethinking.paper.macros import macros
from rethinking.paper.specs import About, LatexSpec, Layout, Model
from rethinking.paper.tables import networks
from rethinking.paper.values import claim_values
from rethinking.paper.verdicts import verdict_macros
from rethinking.step.provenance import write_records
from rethinking.tables import write_table
from tests.helpers.layouts import head_of, rows_of
from tests.helpers.verdicts import judged

COLUMNS = {"test": "test_accuracy", "all epochs": "epochs"}
TABLES = {
    "mine": Layout("regularization", ["e"], "summary", json.dumps({"columns": COLUMNS})),
    "published": Layout("published", ["e"], "summary", "{}"),
    "networks": Layout("networks", [], "summary", "{}"),
    "elsewhere": None,
}
FIXED = ("values", "claims", "criteria", "register")


def summary():
    keys = {"dataset": "d", "condition": "true_labels", "model": "a", "recipe": "r", "n": 2}
    return pd.DataFrame(
        keys | {"metric": metric, "mean": 0.5, "excluded": 0}
        for metric in ("test_accuracy", "train_accuracy", "epochs")
    )


def figure_record(folder, name, **spec):
    """The record of a figure that was drawn."""
    pdf = folder / f"figures/{name}.pdf"
    pdf.parent.mkdir(exist_ok=True)
    pdf.write_text(name)
    write_records([pdf], {"spec": spec, "commit": "0123456789ab", "dirty": False})
    return pdf.with_suffix(".provenance.json")


@pytest.fixture
def write(tmp_path):
    """A function that writes all LaTeX for a text of the paper; what is written, by name."""
    results = tmp_path / "tables/e/summary.csv"
    write_table(summary(), results)
    theirs = {"model": "a", "condition": "true_labels", "regularization": "none"}
    published = tmp_path / "published.csv"
    write_table(pd.DataFrame([theirs | {"train_accuracy": 1, "test_accuracy": 0.25}]), published)
    claims = judged(0.9, 0.91, 0.92)
    number = {"value": 0.5, "low": None, "high": None, "unit": "share", "n": 2}
    number |= {"source": "tables/e/summary.csv", "row": 2}
    values = {"e/a/true_labels/test_accuracy": number, "unused": number | {"row": 9}}
    write_json(tmp_path / "values.json", values | claim_values(claims, {}))
    write_json(tmp_path / "claims.json", claims)
    records = [
        figure_record(tmp_path, "curve", module="profiles"),
        figure_record(tmp_path, "unused", module="unused"),
    ]

    def run(text, tables=TABLES):
        (tmp_path / "main.tex").write_text(text)
        generated = [tmp_path / f"paper/{name}.tex" for name in (*FIXED, *tables)]
        spec = LatexSpec(
            scale="my_scale",
            banner="A & B.",
            about=About({"a": "Net & co"}, [Model("a", ["r"])], ["a"]),
            tables=tables,
            figures={"unused": "e/runs", "curve": "e/profiles"},
        )
        write_latex(
            tmp_path / "values.json", tmp_path / "claims.json", [results], [published],
            [tmp_path / "main.tex"], records, generated, spec,
        )  # fmt: skip
        return {path.stem: path.read_text() for path in generated}

    return run


def test_there_is_a_file_for_each_table_and_for_what_every_paper_has(write):
    written = write("")
    assert set(written) == {*FIXED, *TABLES}
    assert r"\newcommand{\scalename}{my\_scale}" in written["values"]
    assert r"\newcommand{\scalebanner}{A \& B.}" in written["values"]
    assert r"\setval{e/a/true_labels/test_accuracy}" in written["values"]
    assert r"\setverdict{A}{supported}" in written["values"]
    assert r"\because{A}" in written["claims"]
    assert r"\hypertarget{claim.A}{A}" in written["criteria"]


def test_a_table_of_experiments_that_the_scale_lacks_is_a_comment(write):
    text = write(r"\input{elsewhere}")["elsewhere"]
    assert text == "% This scale has no experiment that this table is about.\n"


def test_tables_show_results_in_their_layout_and_keep_the_order_of_columns(write):
    written = write("")
    assert head_of(written["mine"])[-2:] == ["test", "all epochs"]
    ((*_, test, epochs),) = rows_of(written["mine"])
    assert (test, epochs) == (
        r"\val{e/a/true_labels/test_accuracy}",
        r"\val{e/a/true_labels/epochs}",
    )
    assert rows_of(written["networks"])[0][0] == r"Net \& co"


def test_published_results_stand_beside_ours(write):
    ((*_, train, test, our_train, our_test),) = rows_of(write("")["published"])
    assert (train, test) == ("100.00", "25.00")
    assert our_train == r"\val{e/a/true_labels/train_accuracy}"
    assert our_test == r"\val{e/a/true_labels/test_accuracy}"


def test_the_register_has_what_text_and_tables_print_and_the_code_of_each_figure(write):
    # The first number is in a table alone, the second in the text.
    text = write(r"\est{claims/all} \drawn{curve} \val{no/such}")["register"]
    assert r"\registered{tables/e/summary.csv:2}" in text
    assert r"\registered{claims.json:claims/all}" in text
    assert "csv:9" not in text
    assert r"\registered{figures/curve}" in text
    assert r"\nolinkurl{src/rethinking/figures/profiles.py}" in text
    assert r"\nolinkurl{tables/e/profiles.csv}, commit \texttt{0123456789}" in text
    assert "unused" not in text


@pytest.mark.parametrize("text", [r"\claim{C}", r"so \ifverdict{A/low}{refuted}{x}"])
def test_a_paper_that_uses_a_claim_that_is_not_in_the_ledger_is_refused(write, text):
    with pytest.raises(InputError, match=r"main\.tex: there is no claim '(C|A/low)' in paper/cl"):
        write(text)


def test_a_layout_that_gives_no_text_is_named(write, monkeypatch):
    monkeypatch.setattr(networks, "tabulate", lambda tables, about: ["x"])
    with pytest.raises(InputError, match=r"^src/rethinking/paper/tables/networks\.py: tabulate ga"):
        write("")


@pytest.fixture
def generated():
    claims = judged(0.9, 0.91)
    text = macros(claim_values(claims, {}), "banner", "s") + verdict_macros(claims, {})
    return {"values": text}


@pytest.mark.parametrize(
    "text",
    [
        r"\claim{A} \verdict{B} \because{A} \ifverdict{A/high}{supported}{\because{A}}",
        r"\ifverdict{B/high}{supported}{B is not tested}",
        r"50 \% % \claim{C}",
        r"\newcommand{\mine}[1]{\claim{#1}}",
    ],
)
def test_claims_and_criteria_of_the_ledger_may_be_used_and_comments_say_what_they_like(
    generated, text
):
    check_claims({"text": text, **generated})


@pytest.mark.parametrize("text", [r"\because{C}", r"\verdict{A/low}", r"5 \% \claim{C} % x"])
def test_the_text_that_uses_an_unknown_claim_is_named(generated, text):
    with pytest.raises(InputError, match=r"^text: there is no claim '(C|A/low)'"):
        check_claims({"text": text, **generated})
