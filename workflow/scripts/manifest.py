"""List all that a scale publishes."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.manifest import write_manifest
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_manifest(
        published=[Path(path) for path in snakemake.input],
        manifest=Path(snakemake.output.manifest),
    )
