"""Write the table of published results for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.job import job
from rethinking.paper.published_table import write_published_table

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_published_table(
        summaries=[Path(path) for path in snakemake.input.summaries],
        published=Path(snakemake.input.published),
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
