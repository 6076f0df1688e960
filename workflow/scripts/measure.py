"""Measure the trained networks of a model."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.measure import measure_networks
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    measure_networks(
        dataset=Path(snakemake.input.dataset),
        corrupted=[Path(path) for path in snakemake.input.corrupted],
        weights=[Path(path) for path in snakemake.input.weights],
        infos=[Path(path) for path in snakemake.input.infos],
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
