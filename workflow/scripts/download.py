"""Download an archive of a data set."""

import importlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from rethinking.data.download import download
from rethinking.step.job import job

if TYPE_CHECKING:
    from snakemake.script import snakemake

# Where packets are dropped in silence, a download would wait for ever.
socket.setdefaulttimeout(60)

with job(snakemake):
    archive = Path(snakemake.output.archive)
    source = importlib.import_module(f"rethinking.data.sources.{snakemake.wildcards.source}")
    download(
        urls=source.ARCHIVES[archive.name]["urls"],
        checksum=snakemake.params.spec["sha256"],
        archive=archive,
    )
