"""Write a table of what was measured, for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.tables.measured import write_measured_table
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_measured_table(
        summary=Path(snakemake.input.summary),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
