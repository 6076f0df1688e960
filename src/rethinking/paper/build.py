"""Run LaTeX."""

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rethinking.errors import InputError
from rethinking.files import replacing

log = logging.getLogger(__name__)

# The first that is installed; the other is what the conda environment has.
COMMANDS = (
    ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error"],
    ["tectonic", "--keep-logs"],
)
# 2017-01-01, as the dates in the PDF: the same sources give the same bytes.
EPOCH = "1483228800"
ERROR = re.compile(r"^!.*$", re.MULTILINE)
UNDEFINED = re.compile(r"^LaTeX Warning: (?:Reference|Citation).*undefined.*$", re.MULTILINE)


def build_pdf(sources: Iterable[Path], root: Path, generated: Iterable[Path], pdf: Path) -> None:
    """Build the paper in a folder of its own that holds all it needs.

    Args:
        sources: The files of the paper, ``main.tex`` among them.
        root: The folder that they keep their places under.
        generated: Macros, tables and figures; all lie beside ``main.tex``.
        pdf: The file to write.

    Raises:
        InputError: LaTeX is missing, stops, or leaves a reference undefined.
    """
    command = next((command for command in COMMANDS if shutil.which(command[0])), None)
    if command is None:
        raise InputError("LaTeX is missing: neither latexmk nor tectonic is there; run make setup")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
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


def run_latex(command: Sequence[str], folder: Path) -> None:
    """Run LaTeX on ``main.tex``.

    Args:
        command: What to run.
        folder: Where ``main.tex`` lies.

    Raises:
        InputError: It stops, or leaves a reference undefined.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "FORCE_SOURCE_DATE": "1"}
        | {"max_print_line": "1000"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    latex_log = folder / "main.log"
    told = done.stdout + done.stderr
    text = latex_log.read_text(errors="replace") if latex_log.exists() else told
    log.info("LaTeX's log:\n%s", text)
    # On the way to an error the first pass warns of references that the second would resolve.
    problem = ERROR.search(text) or UNDEFINED.search(text)
    if done.returncode != 0 or problem is not None:
        said = problem.group(0) if problem is not None else told.strip().rpartition("\n")[2]
        raise InputError(f"paper/main.tex: LaTeX says: {said}")
