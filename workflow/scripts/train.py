"""Train a block of networks."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.networks.train import train_block
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake) as about:
    about |= train_block(
        dataset=Path(snakemake.input.dataset),
        corrupted=[Path(path) for path in snakemake.input.corrupted],
        weights=Path(snakemake.output.weights),
        info=Path(snakemake.output.info),
        curve=Path(snakemake.output.curve),
        resume=Path(snakemake.config["results_dir"], snakemake.wildcards.scale, ".resume"),
        spec=snakemake.params.spec,
    )
