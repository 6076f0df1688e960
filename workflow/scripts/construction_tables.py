"""Tabulate what was constructed."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.constructions.tables import write_construction_tables
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_construction_tables(
        measured=[Path(path) for path in snakemake.input.measured],
        runs=Path(snakemake.output.runs),
        summary=Path(snakemake.output.summary),
        spec=snakemake.params.spec,
    )
