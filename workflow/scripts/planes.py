"""Tabulate the decisions on planes that were measured in an experiment."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.tables import write_planes
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_planes(
        measured=[Path(path) for path in snakemake.input.measured],
        planes=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
