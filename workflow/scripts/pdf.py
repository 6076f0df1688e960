"""Build the PDF of the paper."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.build import build_pdf
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    build_pdf(
        sources=[Path(path) for path in snakemake.input.sources],
        root=Path("paper"),
        generated=[Path(path) for path in snakemake.input.generated],
        pdf=Path(snakemake.output.pdf),
    )
