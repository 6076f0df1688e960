"""Draw a figure."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.figures.helpers.figure import write_figure
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_figure(
        table=Path(snakemake.input.table),
        pdf=Path(snakemake.output.pdf),
        png=Path(snakemake.output.png),
        spec=snakemake.params.spec,
    )
