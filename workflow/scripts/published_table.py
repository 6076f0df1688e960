"""Write the table of published results for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.tables.published import write_published_table
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_published_table(
        summaries=[Path(path) for path in snakemake.input.summaries],
        published=Path(snakemake.input.published),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
