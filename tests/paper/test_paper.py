import contextlib
import os
import re
import select

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rethinking.paper.tables.construction import expressivity_table, implicit_table
from rethinking.paper.tables.transfer import AGREEMENT, cells_table, efficiency_table

from rethinking.errors import InputError
from rethinking.paper.build import ATTEMPTS, build_pdf, complaint, run_latex
from rethinking.paper.escape import escape
from rethinking.paper.macros import macros, number, with_interval
from rethinking.paper.tables.measured import measured_table
from rethinking.paper.tables.networks import networks_table
from rethinking.paper.tables.published import published_table
from rethinking.paper.tables.regularization import regularization_table
from rethinking.paper.tables.results import results_table
from rethinking.study.printed import PRINTED
from rethinking.tables import read_table


def entry(value, unit="number", low=None, high=None, n=None):
    found = {"value": value, "unit": unit, "low": low, "high": high, "n": n}
    return found | {"source": "tables/e/summary.csv", "row": 7}


@pytest.mark.parametrize(
    ("given_entry", "printed"),
    [
        (entry(0.9712, "share"), r"97.1\,\%"),
        (entry(1.0, "seeds", n=5), "5 of 5"),
        (entry(2 / 3, "seeds", n=3), "2 of 3"),
        (entry(12.0, "epochs"), "12.0"),
        (entry(2.0, "ratio"), "2.00"),
        (entry(-0.041, "ratio"), "$-0.04$"),
        (entry(1437), r"1\,437"),
        (entry(0.03), "0.03"),
        (entry(0.0123, "change"), "$+1.2$"),
        (entry(-0.2, "change"), "$-20.0$"),
        (entry(-0.0001, "change"), "$+0.0$"),
        (entry(3.2e-12, "rounding"), r"3.20$\,\times 10^{-12}$"),
        (entry("R&D", "text"), r"R\&D"),
        (entry(0.2374, "size"), "0.237"),
        (entry(12.34, "size"), "12.3"),
        (entry(1234.5, "size"), "1234"),
        (entry(3.1718e27, "size"), r"3.17$\,\times 10^{27}$"),
        (entry(2.1e-7, "signed"), r"2.10$\,\times 10^{-7}$"),
        (entry(-0.0466, "signed"), "$-0.0466$"),
        (entry(0.0, "size"), "0"),
        (entry(0.3849, "coefficient"), "0.38"),
        (entry(-0.0384, "coefficient"), "$-0.04$"),
        (entry(-0.0004, "coefficient"), "0.00"),
    ],
)
def test_numbers_are_printed_in_the_way_of_their_unit(given_entry, printed):
    assert number(given_entry) == printed


def test_intervals_follow_in_brackets():
    assert with_interval(entry(0.5, "share", 0.25, 0.75)) == r"50.0\,\% [25.0, 75.0]"
    assert with_interval(entry(0.5, "share")) == r"50.0\,\%"
    assert with_interval(entry(-1.5, "signed", -2.0, 0.25)) == "$-1.50$ [$-2.0$, 0.25]"
    # An interval may have one end only; a share cannot go on for ever.
    assert with_interval(entry(2.0, "ratio", 1.5)) == r"2.00 [1.50, $\infty$)"
    assert with_interval(entry(2.0, "ratio", None, 3.0)) == r"2.00 ($-\infty$, 3.00]"
    assert with_interval(entry(0.5, "share", 0.25)) == r"50.0\,\% [25.0, 100.0]"
    # The ends have the power of ten of the estimate.
    huge = entry(3.2e18, "size", 5.1e16, 1.9e20)
    assert with_interval(huge) == r"3.20 [0.051, 190]$\,\times 10^{18}$"


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["C"])))
def test_escaped_text_leaves_no_command_to_its_writer(text):
    left = re.sub(r"\\text(backslash|asciitilde|asciicircum)\{\}|\\[&%$#_{}]", "", escape(text))
    assert not set(left) & set("\\&%$#_{}~^")


METRICS = ("train_accuracy", "test_accuracy", "epochs", "interpolated", "relative_epochs")


@pytest.fixture
def summary():
    return pd.DataFrame(
        {"dataset": "d", "model": model, "condition": condition, "metric": metric, "n": 3}
        | {"excluded": int(model == "b"), "mean": 0.5}
        for model in ("z", "b")
        for condition in ("true_labels", "label_noise-0.50")
        for metric in METRICS
    )


def test_the_table_of_results_looks_every_number_up(summary):
    labels = {"z": "A&B", "b": "C"}
    table = results_table("e", summary, labels, constant_rate=False)
    assert table.count(r"\\") == 5
    assert table.count(r"\addlinespace") == 1
    assert table.count("(1 diverged)") == 2
    assert r"A\&B & true labels & \val{e/z/true_labels/train_accuracy}" in table
    times = results_table("e", summary, labels, constant_rate=True)
    assert r"\val{e/b/label_noise-0.50/relative_epochs}" in times


def test_a_dash_stands_for_a_mean_over_no_seed(summary):
    none = (summary["model"] == "z") & (summary["metric"] == "relative_epochs")
    summary.loc[none, "mean"] = float("nan")
    labels = {"z": "A", "b": "C"}
    times = results_table("e", summary, labels, constant_rate=True)
    (row,) = [line for line in times.splitlines() if "e/z/true_labels" in line]
    # Nor have epochs and error at interpolation been measured here.
    assert row.startswith("A & true labels & -- & -- & -- & ")


def test_the_table_of_what_was_measured_says_what_is_not_defined():
    columns = {"bound": "lipschitz_upper", "path norm": "path_norm_2"}
    keys = {"dataset": "d", "recipe": "r"}
    summary = pd.DataFrame(
        keys
        | {"model": model, "condition": condition, "metric": metric, "mean": mean, "note": note}
        for model, condition, metric, mean, note in [
            ("net", "true_labels", "lipschitz_upper", 2.0, None),
            ("net", "true_labels", "path_norm_2", float("nan"), "not defined through A_B"),
            ("net", "untrained", "lipschitz_upper", 2.0, None),
            ("net", "untrained", "path_norm_2", float("nan"), "not defined through A_B"),
            ("gone", "true_labels", "lipschitz_upper", float("nan"), None),
            ("gone", "true_labels", "path_norm_2", 1.0, None),
            ("nn", "true_labels", "lipschitz_upper", float("nan"), "no network"),
            ("nn", "true_labels", "path_norm_2", float("nan"), "no network"),
            ("net", "true_labels", "another", 1.0, None),
        ]
    )
    table = measured_table(columns, "e", summary, {"net": "N&", "gone": "G", "nn": "1-NN"})
    rows = [line for line in table.splitlines() if line.startswith((r"N\&", " &", "G"))]
    undefined = r"--\textsuperscript{a}"
    assert rows == [
        rf"N\& & untrained & \val{{e/net/untrained/lipschitz_upper}} & {undefined} \\",
        rf" & $p = 0$ & \val{{e/net/true_labels/lipschitz_upper}} & {undefined} \\",
        # It diverged: nothing is wrong with the measure.
        r"G & $p = 0$ & -- & \val{e/gone/true_labels/path_norm_2} \\",
    ]
    assert r"\textsuperscript{a}\,not defined through A\_B;" in table
    assert r"1-NN & $p = 0$ & --\textsuperscript{b} & --\textsuperscript{b}" in table
    assert table.endswith(r"\textsuperscript{b}\,no network." + "\n")


def test_published_numbers_stand_beside_ours():
    columns = ["model", "condition", "regularization", "train_accuracy", "test_accuracy"]
    theirs = pd.DataFrame(
        [
            ["a", "true_labels", "weight_decay", 1.0, 0.8603],
            ["a", "true_labels", "none", 1.0, 0.8575],
            ["a", "label_noise-1.00", "none", 0.9982, 0.0986],
            ["b", "true_labels", "none", 1.0, 0.5],
            ["gone", "true_labels", "none", 1.0, 0.5],
        ],
        columns=columns,
    )
    summaries = {
        "randomization": pd.DataFrame([regularized("a"), regularized("a", "train_accuracy")]),
        "regularization": pd.DataFrame([regularized("a", recipe="r-weight_decay")]),
    }
    table = published_table(summaries, theirs, {"a": "A&B", "b": "B"}, ["a"])
    rows = [line for line in table.splitlines() if "0 &" in line or "2 &" in line]
    key = "a/true_labels"
    assert rows == [
        r"A\&B & $p = 0$ & weight decay & 100.00 & 86.03 &  & "
        rf"\val{{regularization/{key}/weight_decay/test_accuracy}} \\",
        r" & $p = 0$ & none & 100.00 & 85.75 & "
        rf"\val{{randomization/{key}/train_accuracy}} & "
        rf"\val{{randomization/{key}/test_accuracy}} \\",
        r" & $p = 1$ & none & 99.82 & 9.86 &  &  \\",
        r"B\textsuperscript{*} & $p = 0$ & none & 100.00 & 50.00 &  &  \\",
    ]
    assert "not to be compared" in table
    assert "*" not in published_table(summaries, theirs[:3], {"a": "A"}, ["a"])


def test_published_numbers_are_those_of_the_paper(root):
    # Zhang et al. (2017), Table 1: test accuracy, in percent; with both regularisers those rows.
    table = read_table(root / "paper/published.csv")
    regularised = table[table["regularization"] != "none"]
    assert list((100 * regularised["test_accuracy"]).round(2)) == [
        89.05, 89.31, 86.03, 83.00, 81.22, 79.66, 77.36, 53.35, 50.39,
    ]  # fmt: skip
    assert (regularised["condition"] == "true_labels").all()
    table = table[table["regularization"] == "none"]
    percent = (100 * table["test_accuracy"]).round(2)
    assert dict(
        zip(zip(table["model"], table["condition"], strict=True), percent, strict=True)
    ) == {
        ("inception", "true_labels"): 85.75,
        ("inception", "label_noise-1.00"): 9.78,
        ("inception_no_bn", "true_labels"): 82.00,
        ("inception_no_bn", "label_noise-1.00"): 10.12,
        ("alexnet", "true_labels"): 76.07,
        ("alexnet", "label_noise-1.00"): 9.86,
        ("mlp3x512", "true_labels"): 52.39,
        ("mlp3x512", "label_noise-1.00"): 10.48,
        ("mlp1x512", "true_labels"): 50.51,
        ("mlp1x512", "label_noise-1.00"): 10.61,
    }


def test_the_table_of_networks_is_in_the_order_of_the_config():
    models = [
        {"name": "z", "label": "Z", "recipes": ["one_cycle"]},
        {"name": "b", "label": "B", "recipes": ["one_cycle", "constant"]},
    ]
    lines = networks_table(["one_cycle", "constant"], models).splitlines()
    rows = [line for line in lines if line.startswith(("Z", "B"))]
    assert [row[0] for row in rows] == ["Z", "B"]
    assert r"\est{models/b/constant/learning_rate}" in rows[1]
    assert "constant" not in rows[0]
    assert {row.count("&") for row in rows} == {7}


def build(folder, body, preamble="", start=r"\documentclass{article}"):
    main = folder / "main.tex"
    main.write_text(rf"{start}{preamble}\begin{{document}}{body}\end{{document}}" + "\n")
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


def test_a_pdf_is_the_same_bytes_each_time(tmp_path):
    first = build(tmp_path, "x", r"\pdftrailerid{}").read_bytes()
    assert build(tmp_path, "x", r"\pdftrailerid{}").read_bytes() == first


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (r"\nosuchcommand", "Undefined control sequence"),
        (r"\cite{nobody}", "Citation `nobody'"),
        (r"\ref{nowhere} \input{gone}", "File `gone.tex' not found"),
        (r"\hyperlink{nowhere}{x}", "name{nowhere} has been referenced but does not exist"),
        (r"\symbol{23}\fontencoding{OT1}\selectfont\symbol{200}", "Missing character: There is no"),
    ],
)
def test_what_latex_complains_of_ends_the_build_with_a_line(tmp_path, root, body, said):
    # As the paper begins: natbib, for one, has warnings of its own.
    start, found, _ = (root / "paper/main.tex").read_text().partition(r"\input{values}")
    assert found
    with pytest.raises(InputError, match=said) as caught:
        build(tmp_path, body, start=start)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out" / "paper.pdf").exists()


CITED = "Package natbib Warning: Citation `somebody' on page 1 undefined on input line 12."


@pytest.mark.parametrize(
    ("said", "log", "bibtex_log"),
    [
        (CITED, f"(./main.tex\n\n{CITED}\n\n", ""),
        # TeX's log, broken at 79 characters.
        (CITED, f"\n{CITED[:79]}\n{CITED[79:]}\n\n", ""),
        (None, f"{'x' * 79}\n\nPackage: natbib 2010/09/13 8.31b (PWD, AO)\n", ""),
        *(
            (warning, f"\n\n{warning}\n\n", "")
            for warning in (
                "LaTeX Warning: Citation `a' on page 1 undefined on input line 3.",
                "LaTeX Warning: Reference `a' on page 1 undefined on input line 3.",
                "LaTeX Warning: Hyper reference `a' on page 1 undefined on input line 3.",
                "LaTeX Warning: Label `a' multiply defined.",
                "LaTeX Warning: There were multiply-defined labels.",
                "LaTeX Warning: Label(s) may have changed. Rerun to get cross-references right.",
                "Package rerunfilecheck Warning: File `main.out' has changed.",
            )
        ),
        (None, "LaTeX Font Warning: Font shape `T1/pcr/m/scit' undefined\n", ""),
        ("Repeated entry---line 2 of file r.bib", CITED, "Repeated entry---line 2 of file r.bib\n"),
        (
            "I couldn't open database file r.bib ---line 4 of file main.aux",
            CITED,
            "Style: a.bst\nI couldn't open database file r.bib\n---line 4 of file main.aux\n",
        ),
        ("! Undefined control sequence.", f"\n{CITED}\n\n! Undefined control sequence.\n", ""),
        (None, "Output written on main.pdf", "Warning--empty year in x\n"),
    ],
)
def test_what_is_wrong_is_found_in_the_logs(said, log, bibtex_log):
    assert complaint(log, bibtex_log) == said


@pytest.mark.parametrize(("passes", "said"), [(3, None), (9, "Label.s. may have changed")])
def test_latexmk_goes_on_until_nothing_changes_any_more(tmp_path, monkeypatch, passes, said):
    (tmp_path / "bin").mkdir()
    latexmk = tmp_path / "bin/latexmk"
    # It ends though its log asks for another pass.
    latexmk.write_text(
        "#!/bin/sh\n"
        '[ $# = 1 ] || [ "$1" = -g ] || exit 1\n'
        "echo pass >> passes\n"
        f"[ $(wc -l < passes) -ge {passes} ] && echo Done. > main.log && exit\n"
        'echo "LaTeX Warning: Label(s) may have changed. Rerun." > main.log\n'
    )
    latexmk.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    with pytest.raises(InputError, match=said) if said else contextlib.nullcontext():
        run_latex(["latexmk", "main.tex"], tmp_path)
    assert len((tmp_path / "passes").read_text().split()) == min(passes, ATTEMPTS)


def test_latex_that_does_not_end_is_stopped_with_all_that_it_started(tmp_path):
    os.mkfifo(tmp_path / "never")
    os.mkfifo(tmp_path / "held")
    latex = tmp_path / "latex"
    latex.write_text("#!/bin/sh\n(exec > held; cat never) &\ncat never\n")
    latex.chmod(0o755)
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(InputError, match=r"latex did not end in 0\.3 s and was stopped") as caught:
        run_latex([str(latex)], tmp_path, limit_s=0.3)
    assert "\n" not in str(caught.value)
    # Its end is read once nobody can write into it any more.
    select.select([held], [], [], 5)
    assert os.read(held, 1) == b""
    os.close(held)


@pytest.mark.parametrize(
    ("place", "variables"),
    [
        ("theirs", {"TEXINPUTS": "{}/theirs:"}),
        ("texmf/tex/latex/theirs", {}),
        ("tree/tex/latex/theirs", {"TEXMFHOME": "{}/tree"}),
        ("tree/tex/latex/theirs", {"TEXMFCONFIG": "{}/tree"}),
        ("tree/tex/latex/theirs", {"TEXMFVAR": "{}/tree"}),
    ],
)
def test_neither_the_users_latexmkrc_nor_their_packages_are_read(
    tmp_path, monkeypatch, place, variables
):
    (tmp_path / ".latexmkrc").write_text("$out_dir = 'elsewhere';")
    (tmp_path / place).mkdir(parents=True)
    (tmp_path / place / "article.cls").write_text(r"\errmessage{theirs}")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(tmp_path))
    assert build(tmp_path, "x").exists()


def test_all_that_a_label_may_hold_is_printed(tmp_path, root):
    start, _, _ = (root / "paper/main.tex").read_text().partition(r"\input{values}")
    text = escape("".join(sorted(PRINTED)))
    body = "".join(f"{family}{{{text}}}\n\n" for family in (r"\textrm", r"\textbf", r"\texttt"))
    assert build(tmp_path, body, start=start).exists()


def test_a_missing_latex_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="LaTeX is missing"):
        build(tmp_path, "x")


def transfer_row(metric, mean=0.5, **keys):
    found = {
        "dataset": "d", "model": "m", "images": "uniform_noise", "n1": 50,
        "student_images": "uniform_noise", "source": "trained", "labels": "hard", "n2": 100,
        "learner": "network", "test": "fresh", "metric": metric, "mean": mean,
    }  # fmt: skip
    return found | keys


def test_a_transfers_table_refers_to_values_and_has_a_dash_for_what_there_is_not():
    summary = pd.DataFrame(
        [
            transfer_row("kappa", n2=60),
            transfer_row("kappa"),
            transfer_row("majority_rate", learner="teacher", labels="none", n2=0),
            transfer_row("kappa", float("nan"), learner="linear"),
            transfer_row("kappa", images="random_walk_pixel"),
        ]
    )
    text = cells_table(AGREEMENT, "t", summary, {"m": "My & net"})
    rows = [line for line in text.splitlines() if line.endswith(r"\\")][1:]
    key = "t/m/uniform_noise/uniform_noise/trained"
    assert rows[0] == r"\multicolumn{10}{@{}l}{\emph{My \& net}} \\"
    rows = rows[1:]
    assert rows[0].startswith("uniform noise & 50 & 100 & ")
    assert rf"\val{{{key}/network-hard/fresh/kappa}}" in rows[0]
    assert rf"\est{{{key}/teacher/fresh/majority_rate}}" in rows[0]
    assert rows[0].count("--") == 5
    assert r"random walk by pixel $\to$ uniform noise" in rows[1]


def test_a_table_of_sample_efficiency_says_how_many_reached_it():
    keys = {"model": "m", "images": "uniform_noise", "n1": 50, "student_images": "uniform_noise"}
    of_all = keys | {"learner": "network", "labels": "hard", "teachers": 5}
    table = pd.DataFrame(
        [
            of_all | {"threshold": 0.2, "reached": 5, "at_once": 4, "n_star": 100.0},
            of_all | {"threshold": 0.3, "reached": 5, "at_once": 0, "n_star": 300.0},
            of_all | {"threshold": 0.4, "reached": 1, "at_once": 0, "n_star": float("nan")},
        ]
    )
    (row,) = [
        line
        for line in efficiency_table("t", table, {"m": "M"}).splitlines()
        if line.startswith("M &")
    ]
    cells = row.removesuffix(r" \\").split(" & ")[4:]
    key = "t/m/uniform_noise-50/uniform_noise/network-hard"
    ends = [
        rf"(\est{{{key}/{at}/reached}} of \est{{{key}/{at}/teachers}})" for at in (0.2, 0.3, 0.4)
    ]
    assert cells == [
        rf"$\le$\,\est{{{key}/0.2/n_star}} {ends[0]}",
        rf"\est{{{key}/0.3/n_star}} {ends[1]}",
        f"-- {ends[2]}",
    ]


def regularized(model="m", metric="test_accuracy", recipe="r", **keys):
    found = {"dataset": "d", "condition": "true_labels", "mean": 0.5, "excluded": 0}
    return found | {"model": model, "recipe": recipe, "metric": metric} | keys


def test_the_table_of_regularisation_has_a_row_for_each_combination():
    summary = pd.DataFrame(
        [
            regularized(),
            regularized(metric="epochs", mean=float("nan")),
            regularized(recipe="r-weight_decay", metric="epochs", mean=float("nan")),
            regularized(
                recipe="r-weight_decay",
                condition="label_noise-1.00",
                metric="epochs",
                mean=float("nan"),
                excluded=2,
            ),
            regularized(recipe="r-weight_decay"),
            regularized(recipe="r-weight_decay", metric="test_accuracy_change"),
            regularized(recipe="r-weight_decay", metric="train_accuracy"),
            regularized(recipe="r-weight_decay", metric="early_stopping_gain", mean=float("nan")),
            regularized(recipe="r-weight_decay", condition="label_noise-1.00"),
        ]
    )
    table = regularization_table("e", summary, {"m": "A&B"})
    rows = [line for line in table.splitlines() if "e/m" in line]
    assert rows == [
        r"A\&B & $p = 0$ & none &  & \val{e/m/true_labels/test_accuracy} &  &  \\",
        r" &  & weight decay & \est{e/m/true_labels/weight_decay/train_accuracy} & "
        r"\val{e/m/true_labels/weight_decay/test_accuracy} & "
        r"\val{e/m/true_labels/weight_decay/test_accuracy_change} &  \\",
        r" & $p = 1$ & weight decay (2 diverged) &  & "
        r"\val{e/m/label_noise-1.00/weight_decay/test_accuracy} &  &  \\",
    ]


def constructed(function, metric, l2=float("nan"), **keys):
    found = {"dataset": "d", "condition": "true_labels", "images": 30, "mean": 0.5}
    return found | {"x": float("nan"), "function": function, "metric": metric, "l2": l2} | keys


def test_the_table_of_kernels_is_of_the_most_images():
    summary = pd.DataFrame(
        [
            constructed("pixels_linear", "test_accuracy", 0.0, images=10),
            constructed("pixels_linear", "test_accuracy", 0.0),
            constructed("pixels_linear", "norm", 0.0, condition="label_noise-1.00"),
            constructed("pixels_linear", "rank", 0.0),
            constructed("pixels_linear", "test_accuracy", 0.01, mean=float("nan")),
            constructed("sgd_from_zero", "final_distance_to_min_norm"),
        ]
    )
    table = implicit_table("i", summary)
    # Columns without any number are left out.
    assert r"kernel & $\lambda$ & test & norm, random & rank \\" in table
    first, second = [line for line in table.splitlines() if "-- " in line or "i/pixels" in line]
    start = "i/pixels_linear/30/0"
    assert first == (
        rf"pixels, linear & 0 & \val{{{start}/true_labels/test_accuracy}} & "
        rf"\val{{{start}/label_noise-1.00/norm}} & \est{{{start}/true_labels/rank}} \\"
    )
    assert second == r" & 0.01 & -- & -- & -- \\"


def test_the_table_of_the_theorem_has_a_row_for_each_number_of_images():
    summary = pd.DataFrame(
        [
            constructed(function, "lipschitz", condition="label_noise-1.00", images=images)
            for images in (10, 30)
            for function in ("depth-1", "depth-2")
        ]
    )
    rows = [line for line in expressivity_table("x", summary).splitlines() if "lipschitz" in line]
    assert [row.split(" & ")[0] for row in rows] == ["10", "30"]
    assert r"\est{x/depth-1/30/label_noise-1.00/lipschitz}" in rows[1]
    assert "depth-2" not in rows[0] + rows[1]
