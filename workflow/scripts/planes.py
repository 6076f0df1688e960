"""Tabulate the decisions on planes that were measured in an experiment."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.analysis.tables import write_planes
from rethinking.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_planes(
        measured=[Path(path) for path in snakemake.input.measured],
        planes=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
