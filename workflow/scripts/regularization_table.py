"""Write the table of regularisation for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.tables.regularization import write_regularization_table
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_regularization_table(
        summary=Path(snakemake.input.summary),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
