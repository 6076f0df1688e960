"""Read the images of a data set."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.data.read import write_dataset
from rethinking.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    sizes = snakemake.config["scales"][snakemake.wildcards.scale]
    write_dataset(
        spec=snakemake.params.spec,
        folder=sizes["datasets"][snakemake.wildcards.dataset].get("path"),
        tensors=Path(snakemake.output.tensors),
        info=Path(snakemake.output.info),
    )
