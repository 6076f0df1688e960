"""Tabulate what was measured of teachers and students."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.analysis.transfer import write_transfer_tables
from rethinking.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_transfer_tables(
        measured=[Path(path) for path in snakemake.input.measured],
        tables=[Path(path) for path in snakemake.output.tables],
        spec=snakemake.params.spec,
    )
