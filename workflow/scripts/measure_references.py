"""Measure what networks are held against."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.references import measure_references
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    measure_references(
        dataset=Path(snakemake.input.dataset),
        corrupted=[Path(path) for path in snakemake.input.corrupted],
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
