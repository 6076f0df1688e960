"""Make functions that fit labels without training, and measure them."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.job import job
from rethinking.measures.constructions import measure_construction

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    measure_construction(
        dataset=Path(snakemake.input.dataset),
        corrupted=[Path(path) for path in snakemake.input.corrupted],
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
