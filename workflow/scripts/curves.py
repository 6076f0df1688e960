"""Tabulate the learning curves of an experiment."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.tables import write_curves
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_curves(
        curves=[Path(path) for path in snakemake.input.curves],
        infos=[Path(path) for path in snakemake.input.infos],
        path=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
