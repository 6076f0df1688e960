"""Register where each number and figure of the paper comes from."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.register import write_register
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    inputs = snakemake.input
    write_register(
        texts=[Path(path) for path in [*inputs.sources, *inputs.tables]],
        values=Path(inputs.values),
        records=[Path(path) for path in inputs.records],
        register_file=Path(snakemake.output.register),
        spec=snakemake.params.spec,
    )
