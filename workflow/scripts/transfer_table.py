"""Write a table of teachers and students for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.tables.transfer import write_transfer_table
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_transfer_table(
        measured=Path(snakemake.input.measured),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
