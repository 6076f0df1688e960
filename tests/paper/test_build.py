"""LaTeX is run until all is settled, and what it complains of ends the build with one line."""

import contextlib
import os
import select

import pytest

from rethinking.errors import InputError
from rethinking.paper.build import ATTEMPTS, complaint, run_latex
from rethinking.paper.escape import escape
from rethinking.study.printed import PRINTED
from tests.helpers.latex import build


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
    # It ends although its log demands another pass.
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
