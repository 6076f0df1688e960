"""Run LaTeX."""

import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from rethinking.errors import InputError
from rethinking.files import replacing

log = logging.getLogger(__name__)

# -norc ignores the latexmkrc of the user and of the site.
LATEXMK = ("latexmk", "-norc", "-pdf")
# The first installed command is used; the conda environment has Tectonic.
COMMANDS = (
    (*LATEXMK, "-interaction=nonstopmode", "-halt-on-error"),
    ("tectonic", "--keep-logs"),
)
# A build takes seconds, but Tectonic fetches its packages first.
LIMIT_S = 1800
# Variables with further search paths of TeX and BibTeX. Other variables that begin with TEXMF say
# where LaTeX is installed, and stay.
SEARCH_PATHS = re.compile("TEX(?!MF)|[A-Z]+INPUTS|[A-Z0-9]+FONTS")
# Folders of a user's own packages, font maps and formats, and of fonts that LaTeX generates.
OWN_TREES = ("TEXMFHOME", "TEXMFVAR", "TEXMFCONFIG")
# The date in the PDF, 2017-01-01: the same sources give the same bytes.
EPOCH = "1483228800"
# Errors in the logs of LaTeX and of BibTeX.
ERROR = re.compile(r"^!.*$", re.MULTILINE)
BIBTEX_ERROR = re.compile(r"^.*\n?---line \d+ of file .*$", re.MULTILINE)
# Warnings of LaTeX and packages such as natbib: a reference is undefined, a label is defined twice,
# or another pass would change references.
UNRESOLVED = re.compile(
    r"^(?:LaTeX|Package \S+) Warning: .*(?:undefined|multiply.defined|ha(?:s|ve) changed).*$",
    re.MULTILINE,
)
# The log of a last pass must not have this. In 2 of 60 builds of one paper, latexmk 4.79 stopped in
# spite of it; -g forces another pass.
UNSETTLED = re.compile(r"ha(?:s|ve) changed")
ATTEMPTS = 4
# A link within the PDF without a target, and a character that the font lacks.
DROPPED = re.compile(
    r"^(?:pdfTeX warning .*has been referenced but does not exist|Missing character: ).*$",
    re.MULTILINE,
)
# TeX breaks longer lines of its log; Tectonic ignores the variable that changes the width.
WIDTH = 79
BROKEN_LINE = re.compile(rf"^(.{{{WIDTH}}})\n", re.MULTILINE)


def build_pdf(sources: list[Path], generated: list[Path], pdf: Path) -> None:
    """Build the paper in a temporary folder with only its files.

    Args:
        sources: The files of the paper, with ``main.tex`` in the topmost folder.
        generated: Macros, tables and figures, all put beside ``main.tex``.
        pdf: The file to write.

    Raises:
        InputError: LaTeX is missing, stops, does not end, or leaves a reference undefined.
    """
    command = next((command for command in COMMANDS if shutil.which(command[0])), None)
    if command is None:
        raise InputError("LaTeX is missing: neither latexmk nor tectonic is there; run make setup")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = next(path.parent for path in sources if path.name == "main.tex")
        lay_out(sources, root, generated, folder)
        run_latex([*command, "main.tex"], folder)
        with replacing(pdf) as temporary:
            shutil.copyfile(folder / "main.pdf", temporary)


def lay_out(sources: Iterable[Path], root: Path, generated: Iterable[Path], folder: Path) -> None:
    """Copy all files that LaTeX needs into a folder.

    Args:
        sources: The files of the paper, which keep their paths below ``root``.
        root: The folder of ``main.tex``.
        generated: Macros, tables and figures, all put beside ``main.tex``.
        folder: The target.
    """
    for source in sources:
        target = folder / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for path in generated:
        shutil.copyfile(path, folder / path.name)


def run_latex(command: Sequence[str], folder: Path, limit_s: float = LIMIT_S) -> None:
    """Run a LaTeX command on ``main.tex`` in a folder.

    Raises:
        InputError: LaTeX stops, exceeds ``limit_s`` seconds, leaves a reference undefined or a
            character out.
    """
    try:
        code, output = _run(command, folder, limit_s)
        for _ in range(ATTEMPTS - 1):
            if command[0] != LATEXMK[0] or not UNSETTLED.search(_problem(folder, output) or ""):
                break
            code, output = _run([command[0], "-g", *command[1:]], folder, limit_s)
    except subprocess.TimeoutExpired as error:
        log.info("LaTeX's log:\n%s", _read(folder / "main.log"))
        raise InputError(
            f"paper/main.tex: {command[0]} did not end in {limit_s:g} s and was stopped; look for "
            "a loop in what was changed last"
        ) from error
    log.info("LaTeX's log:\n%s", _read(folder / "main.log") or output)
    problem = _problem(folder, output)
    if code != 0 or problem is not None:
        problem = problem or output.strip().rpartition("\n")[2]
        raise InputError(f"paper/main.tex: LaTeX says: {problem}")


def _problem(folder: Path, output: str) -> str | None:
    return complaint(_read(folder / "main.log") or output, _read(folder / "main.blg"))


def complaint(log_text: str, bibtex_log: str) -> str | None:
    """The first problem in the logs of a paper, as one line; None if there is none.

    Args:
        log_text: The log of LaTeX's last pass.
        bibtex_log: The log of BibTeX; empty if it did not run.
    """
    unbroken = BROKEN_LINE.sub(r"\1", log_text)
    # Errors come first: a first pass, and a last pass after an error of BibTeX, also warn of
    # references.
    match = (
        ERROR.search(log_text)
        or BIBTEX_ERROR.search(bibtex_log)
        or UNRESOLVED.search(unbroken)
        or DROPPED.search(unbroken)
    )
    return None if match is None else " ".join(match.group(0).split())


def _run(command: Sequence[str], folder: Path, limit_s: float) -> tuple[int, str]:
    """Run a command, and return its exit code and its output."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        process_group=0,
    ) as process:
        try:
            output, _ = process.communicate(timeout=limit_s)
        except BaseException:
            # Also if this job itself is stopped: latexmk would leave LaTeX running.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output


def _environment(folder: Path) -> dict[str, str]:
    """The environment without variables that make LaTeX read other files or write another PDF."""
    kept = {name: value for name, value in os.environ.items() if not SEARCH_PATHS.match(name)}
    return {
        **kept,
        **dict.fromkeys(OWN_TREES, str(folder.resolve() / "texmf")),
        "FORCE_SOURCE_DATE": "1",
        "SOURCE_DATE_EPOCH": EPOCH,
        "max_print_line": "1000",
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
