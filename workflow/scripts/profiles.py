"""Tabulate the curves and pictures that were measured in an experiment."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.tables import write_profiles
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_profiles(
        measured=[Path(path) for path in snakemake.input.measured],
        profiles=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
