"""Write the tables of claims for LaTeX."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.verdicts import write_claims_tables
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    table, criteria = map(Path, snakemake.output.tables)
    write_claims_tables(
        claims=Path(snakemake.input.claims),
        table=table,
        criteria=criteria,
        spec=snakemake.params.spec,
    )
