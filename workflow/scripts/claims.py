"""Judge the claims of the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.analysis.claims import write_claims
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_claims(
        ledger=Path(snakemake.input.ledger),
        runs=[Path(path) for path in snakemake.input.runs],
        datasets=[Path(path) for path in snakemake.input.datasets],
        claims=Path(snakemake.output.claims),
        spec=snakemake.params.spec,
    )
