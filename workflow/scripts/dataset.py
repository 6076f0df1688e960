"""Read the images of a data set."""

from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.data.read import write_dataset
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

with job(snakemake):
    entry = snakemake.config["scales"][snakemake.wildcards.scale]["datasets"][
        snakemake.wildcards.dataset
    ]
    places = {"path": entry["path"]} if "path" in entry else {}
    if snakemake.input.archives:
        places["archives"] = str(Path(snakemake.input.archives[0]).parent)
    write_dataset(
        spec=snakemake.params.spec,
        places=places,
        tensors=Path(snakemake.output.tensors),
        info=Path(snakemake.output.info),
    )
