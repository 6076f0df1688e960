"""Read the images of a data set."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.data.read import write_dataset
from rethinking.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_dataset(
        spec=snakemake.params.spec,
        folder=next(iter(snakemake.input), None),
        tensors=Path(snakemake.output.tensors),
        info=Path(snakemake.output.info),
    )
