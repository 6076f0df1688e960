"""Corrupt a data set."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.data.corrupt import write_corrupted
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_corrupted(
        dataset=Path(snakemake.input.dataset),
        condition=snakemake.params.spec["condition"],
        seed=snakemake.params.spec["seed"],
        tensors=Path(snakemake.output.tensors),
    )
