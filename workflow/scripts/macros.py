"""Write the numbers of the paper as LaTeX macros."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.macros import write_macros
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_macros(
        values=Path(snakemake.input.values),
        claims=Path(snakemake.input.claims),
        macros_file=Path(snakemake.output.macros),
        spec=snakemake.params.spec,
    )
