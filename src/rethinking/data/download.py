"""Download archives of public data sets."""

import importlib
import logging
import shutil
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from rethinking.data.specs import DownloadSpec
from rethinking.errors import InputError
from rethinking.files import replacing, sha256

log = logging.getLogger(__name__)

# Seconds of silence after which a server is given up.
TIMEOUT_S = 60


def download(archive: Path, spec: DownloadSpec) -> None:
    """Download an archive to a folder with the name of its source; see :func:`fetch`."""
    source = importlib.import_module(f"rethinking.data.sources.{archive.parent.name}")
    fetch(source.ARCHIVES[archive.name]["urls"], spec.sha256, archive)


def fetch(urls: Sequence[str], checksum: str, archive: Path) -> None:
    """Download a file from the first address that gives its SHA-256, or raise InputError."""
    for url in urls:
        try:
            _download(url, checksum, archive)
        except (OSError, ValueError) as error:
            reason = f"{url}: {error}"
            log.warning("%s", reason)
        else:
            return
    raise InputError(
        f"{archive.name}: cannot be downloaded ({reason}); fix that, or put it into a folder and "
        "name that as `archives` of the data set in the config"
    )


def _download(url: str, checksum: str, archive: Path) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "rethinking"})  # noqa: S310, ours
    with replacing(archive) as temporary:
        with (
            urllib.request.urlopen(request, timeout=TIMEOUT_S) as response,  # noqa: S310
            temporary.open("wb") as file,
        ):
            shutil.copyfileobj(response, file)
        actual = sha256(temporary)
        if actual != checksum:
            raise ValueError(f"the file has SHA-256 {actual[:12]}…, not {checksum[:12]}…")
