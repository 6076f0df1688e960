"""Pack the sources of the paper for arXiv."""

import shlex
import shutil
import tarfile
import tempfile
from pathlib import Path

from rethinking.errors import InputError
from rethinking.paper.build import LATEXMK, lay_out, run_latex
from rethinking.step.provenance import DamagedError, check

ROOT = Path("paper")
# References need this number of passes; arXiv runs neither latexmk nor BibTeX.
PASSES = 3
LATEX = ["-interaction=nonstopmode", "-halt-on-error", "-recorder", "main.tex"]


def arxiv(scale: str, results_dir: Path, output: Path | None) -> int:
    """Pack all files that the paper reads and its bibliography, and test that they compile.

    Args:
        scale: The scale of the paper.
        results_dir: The folder with the results of all scales.
        output: The tarball to write; None for one named after the scale.

    Raises:
        InputError: The paper is not built, a file of it is damaged, or LaTeX stops.
    """
    folder = Path(results_dir, scale)
    if not (folder / "paper.pdf").exists():
        raise InputError(f"{folder}/paper.pdf is missing; build the paper first, by make paper")
    if shutil.which("latexmk") is None:
        raise InputError("latexmk is missing; run make setup")
    sources = sorted([*ROOT.rglob("*.tex"), *ROOT.glob("*.bib")])
    generated = sorted([*folder.glob("paper/*.tex"), *folder.glob("figures/*.pdf")])
    for path in generated:
        try:
            check(path)
        except DamagedError as error:
            raise InputError(f"{error}; rethinking run makes it again") from error
    output = output or Path(results_dir, f"arxiv-{scale}.tar.gz")
    with tempfile.TemporaryDirectory() as built, tempfile.TemporaryDirectory() as alone:
        lay_out(sources, ROOT, generated, Path(built))
        ours = {path.relative_to(built) for path in Path(built).rglob("*") if path.is_file()}
        run_latex([*LATEXMK, *LATEX], Path(built))
        recorded = Path(built, "main.fls").read_text(encoding="utf-8").splitlines()
        read = {Path(line.removeprefix("INPUT ")) for line in recorded if line[:6] == "INPUT "}
        kept = sorted((ours & read) | {Path("main.bbl")})
        for path in kept:
            target = Path(alone, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(built, path), target)
        passes = " && ".join([shlex.join(["pdflatex", *LATEX])] * PASSES)
        run_latex(["sh", "-c", passes], Path(alone))
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            with tarfile.open(output, "w:gz") as tar:
                for path in kept:
                    tar.add(Path(alone, path), arcname=str(path))
        except OSError as error:
            raise InputError(f"--output: {output}: {error.strerror}; choose another") from error
    print(f"{output}: {len(kept)} files, {output.stat().st_size / 1e6:.1f} MB; compiles on its own")
    return 0
