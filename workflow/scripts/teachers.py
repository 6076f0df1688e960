"""Train a block of teachers."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.step.job import job
from rethinking.transfers.teachers import train_teachers

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake) as about:
    about |= train_teachers(
        dataset=Path(snakemake.input.dataset),
        weights=Path(snakemake.output.weights),
        info=Path(snakemake.output.info),
        curve=Path(snakemake.output.curve),
        resume=Path(snakemake.config["results_dir"], snakemake.wildcards.scale, ".resume"),
        spec=snakemake.params.spec,
    )
