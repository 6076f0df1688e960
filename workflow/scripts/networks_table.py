"""Write the table of networks for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.tables.networks import write_networks_table
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_networks_table(table=Path(snakemake.output.table), spec=snakemake.params.spec)
