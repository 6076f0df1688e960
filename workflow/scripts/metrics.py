"""Tabulate what was measured in an experiment."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.tables import write_metrics
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_metrics(
        measured=[Path(path) for path in snakemake.input.measured],
        infos=[Path(path) for path in snakemake.input.infos],
        curves=[Path(path) for path in snakemake.input.curves],
        runs=Path(snakemake.output.runs),
        summary=Path(snakemake.output.summary),
        spec=snakemake.params.spec,
    )
