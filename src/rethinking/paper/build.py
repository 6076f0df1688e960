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

# Without the user's and the site's latexmkrc.
LATEXMK = ("latexmk", "-norc", "-pdf")
# The first that is installed; the other is what the conda environment has.
COMMANDS = (
    (*LATEXMK, "-interaction=nonstopmode", "-halt-on-error"),
    ("tectonic", "--keep-logs"),
)
# A paper takes seconds; Tectonic fetches its packages first.
LIMIT_S = 1800
# Where TeX and BibTeX look for files before they look among their own. The other variables that
# begin with TEXMF say where LaTeX is installed, and stay.
SEARCH_PATHS = re.compile("TEX(?!MF)|[A-Z]+INPUTS|[A-Z0-9]+FONTS")
# A user's own packages, maps of fonts and formats, by default in the home; fonts that LaTeX makes
# go there as well.
OWN_TREES = ("TEXMFHOME", "TEXMFVAR", "TEXMFCONFIG")
# 2017-01-01, as the dates in the PDF: the same sources give the same bytes.
EPOCH = "1483228800"
# What the log of LaTeX and that of BibTeX say.
ERROR = re.compile(r"^!.*$", re.MULTILINE)
BIBTEX_ERROR = re.compile(r"^.*\n?---line \d+ of file .*$", re.MULTILINE)
# LaTeX itself and packages, as natbib, say that a reference is undefined, that a label is there
# twice, or that one more pass would change references.
UNRESOLVED = re.compile(
    r"^(?:LaTeX|Package \S+) Warning: .*(?:undefined|multiply.defined|ha(?:s|ve) changed).*$",
    re.MULTILINE,
)
# What the log of a last pass must not ask for. Now and then latexmk 4.79 ends all the same, in 2 of
# 60 builds of one paper, and must be made to go on (-g).
UNSETTLED = re.compile(r"ha(?:s|ve) changed")
ATTEMPTS = 4
# A link within the PDF that leads nowhere, and a character that the font lacks.
DROPPED = re.compile(
    r"^(?:pdfTeX warning .*has been referenced but does not exist|Missing character: ).*$",
    re.MULTILINE,
)
# TeX breaks longer lines of its log; a variable changes that, which Tectonic does not know.
WIDTH = 79
BROKEN_LINE = re.compile(rf"^(.{{{WIDTH}}})\n", re.MULTILINE)


def build_pdf(sources: list[Path], generated: list[Path], pdf: Path) -> None:
    """Build the paper in a folder of its own that holds all it needs.

    Args:
        sources: The files of the paper, ``main.tex`` in the topmost folder.
        generated: Macros, tables and figures; all lie beside ``main.tex``.
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
    """Copy all that LaTeX needs into a folder.

    Args:
        sources: The files of the paper, ``main.tex`` among them.
        root: The folder that they keep their places under.
        generated: Macros, tables and figures; all get a place beside ``main.tex``.
        folder: Where to put them.
    """
    for source in sources:
        target = folder / source.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for path in generated:
        shutil.copyfile(path, folder / path.name)


def run_latex(command: Sequence[str], folder: Path, limit_s: float = LIMIT_S) -> None:
    """Run LaTeX on ``main.tex``.

    Args:
        command: What to run.
        folder: Where ``main.tex`` lies.
        limit_s: For how many seconds it may run.

    Raises:
        InputError: It stops, does not end, leaves a reference undefined or a character out.
    """
    try:
        code, told = _run(command, folder, limit_s)
        for _ in range(ATTEMPTS - 1):
            if command[0] != LATEXMK[0] or not UNSETTLED.search(_complaint(folder, told) or ""):
                break
            code, told = _run([command[0], "-g", *command[1:]], folder, limit_s)
    except subprocess.TimeoutExpired as error:
        log.info("LaTeX's log:\n%s", _read(folder / "main.log"))
        raise InputError(
            f"paper/main.tex: {command[0]} did not end in {limit_s:g} s and was stopped; look for "
            "a loop in what was changed last"
        ) from error
    log.info("LaTeX's log:\n%s", _read(folder / "main.log") or told)
    said = _complaint(folder, told)
    if code != 0 or said is not None:
        said = said or told.strip().rpartition("\n")[2]
        raise InputError(f"paper/main.tex: LaTeX says: {said}")


def _complaint(folder: Path, told: str) -> str | None:
    return complaint(_read(folder / "main.log") or told, _read(folder / "main.blg"))


def complaint(log_text: str, bibtex_log: str) -> str | None:
    """The first thing that is wrong with a paper, as one line; None if all is well.

    Args:
        log_text: What LaTeX wrote into its log in its last pass.
        bibtex_log: The same of BibTeX; empty where it did not run.
    """
    unbroken = BROKEN_LINE.sub(r"\1", log_text)
    # On the way to an error the first pass warns of references that the second would resolve, and
    # so does the last one where BibTeX has failed.
    found = (
        ERROR.search(log_text)
        or BIBTEX_ERROR.search(bibtex_log)
        or UNRESOLVED.search(unbroken)
        or DROPPED.search(unbroken)
    )
    return None if found is None else " ".join(found.group(0).split())


def _run(command: Sequence[str], folder: Path, limit_s: float) -> tuple[int, str]:
    """The exit code of a command, and what it prints."""
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
            told, _ = process.communicate(timeout=limit_s)
        except BaseException:
            # Also where this job itself is ended: latexmk would leave LaTeX behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, told


def _environment(folder: Path) -> dict[str, str]:
    """The environment, without what makes LaTeX read other files or write another PDF."""
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
