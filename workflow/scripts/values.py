"""Collect every number that the paper prints."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.values import write_values
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_values(
        claims=Path(snakemake.input.claims),
        summaries=[Path(path) for path in snakemake.input.summaries],
        infos=[Path(path) for path in snakemake.input.infos],
        datasets=[Path(path) for path in snakemake.input.datasets],
        constructions=[Path(path) for path in snakemake.input.constructions],
        constructed=[Path(path) for path in snakemake.input.constructed],
        transfers=[Path(path) for path in snakemake.input.transfers],
        efficiencies=[Path(path) for path in snakemake.input.efficiencies],
        students=[Path(path) for path in snakemake.input.students],
        values=Path(snakemake.output.values),
        spec=snakemake.params.spec,
    )
