"""Tabulate what was measured of teachers and students."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.step.job import job
from rethinking.transfers.tables import write_transfer_tables

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_transfer_tables(
        measured=[Path(path) for path in snakemake.input.measured],
        tables=[Path(path) for path in snakemake.output.tables],
        spec=snakemake.params.spec,
    )
