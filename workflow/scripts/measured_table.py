"""Write a table of what was measured, for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.job import job
from rethinking.paper.measured_table import write_measured_table

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_measured_table(
        summary=Path(snakemake.input.summary),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
