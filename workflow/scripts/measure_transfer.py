"""Measure how the teachers and students of a model agree."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.step.job import job
from rethinking.transfers.measure import measure_cells

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    measure_cells(
        dataset=Path(snakemake.input.dataset),
        weights=[Path(path) for path in snakemake.input.weights],
        infos=[Path(path) for path in snakemake.input.infos],
        answers=[Path(path) for path in snakemake.input.answers],
        abouts=[Path(path) for path in snakemake.input.abouts],
        table=Path(snakemake.output.table),
        spec=snakemake.params.spec,
    )
