"""Write the table of networks for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.job import job
from rethinking.paper.networks_table import write_networks_table

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_networks_table(table=Path(snakemake.output.table), spec=snakemake.params.spec)
