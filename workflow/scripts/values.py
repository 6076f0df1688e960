"""Collect every number that the paper prints."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.analysis.values import write_values
from rethinking.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake.log[0]):
    spec = snakemake.params.spec
    write_values(
        summaries=dict(zip(spec["experiments"], map(Path, snakemake.input.summaries), strict=True)),
        infos=[Path(path) for path in snakemake.input.infos],
        datasets=dict(zip(spec["datasets"], map(Path, snakemake.input.datasets), strict=True)),
        values=Path(snakemake.output.values),
        spec=spec,
    )
