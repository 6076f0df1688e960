"""Train the students of a block of teachers."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.step.job import job
from rethinking.transfers.students import train_students

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake) as about:
    about |= train_students(
        dataset=Path(snakemake.input.dataset),
        weights=Path(snakemake.input.weights),
        info=Path(snakemake.input.info),
        answers=Path(snakemake.output.answers),
        about=Path(snakemake.output.about),
        curve=Path(snakemake.output.curve),
        resume=Path(snakemake.config["results_dir"], snakemake.wildcards.scale, ".resume"),
        spec=snakemake.params.spec,
    )
