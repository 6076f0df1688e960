"""Write the table of regularisation for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.job import job
from rethinking.paper.regularization_table import write_regularization_table

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_regularization_table(
        summary=Path(snakemake.input.summary),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
