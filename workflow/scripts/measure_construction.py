"""Make functions that fit labels without training, and measure them."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.constructions.measure import measure_construction
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    measure_construction(
        dataset=Path(snakemake.input.dataset),
        corrupted=[Path(path) for path in snakemake.input.corrupted],
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
