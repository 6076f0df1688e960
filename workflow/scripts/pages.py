"""Write the pages of the HTML report."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.paper.pages import write_pages
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    write_pages(
        claims=Path(snakemake.input.claims),
        runs=[Path(path) for path in snakemake.input.runs],
        summaries=[Path(path) for path in snakemake.input.summaries],
        pages={name: Path(snakemake.output[name]) for name in ("claims", "networks", "summaries")},
        spec=snakemake.params.spec,
    )
