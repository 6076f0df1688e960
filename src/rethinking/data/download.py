"""Fetch archives of public data sets."""

import logging
from collections.abc import Sequence
from pathlib import Path

from torchvision.datasets.utils import download_url

from rethinking.errors import InputError
from rethinking.files import replacing, sha256

log = logging.getLogger(__name__)


def download(urls: Sequence[str], checksum: str, archive: Path) -> None:
    """Download an archive from the first of its addresses that gives the right bytes.

    Args:
        urls: Where to find it, mirrors last.
        checksum: Its SHA-256.
        archive: The file to write.

    Raises:
        InputError: None of the addresses gives it.
    """
    for url in urls:
        try:
            _download(url, checksum, archive)
        except (OSError, RuntimeError, ValueError) as error:
            reason = f"{url}: {error}"
            log.warning("%s", reason)
        else:
            return
    raise InputError(
        f"{archive.name}: cannot be downloaded ({reason}); mend that, or put it into a folder and "
        "name that as `archives` of the data set in the config"
    )


def _download(url: str, checksum: str, archive: Path) -> None:
    with replacing(archive) as temporary:
        download_url(url, str(temporary.parent), temporary.name)
        found = sha256(temporary)
        if found != checksum:
            raise ValueError(f"what came has SHA-256 {found[:12]}…, not {checksum[:12]}…")
