"""Archives of public data sets, known by their checksums."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError
from rethinking.files import sha256

# What a data source says of its archives: file name to ``sha256`` and ``urls``, mirrors last.
Archives = Mapping[str, Mapping[str, Any]]


def check_archives(folder: Path, archives: Archives) -> list[Path]:
    """Compare archives with their checksums.

    Args:
        folder: Where they lie.
        archives: What the data source says of them.

    Returns:
        Their paths, in the order of ``archives``.

    Raises:
        InputError: One is missing, or damaged, or something else.
    """
    paths = [folder / name for name in archives]
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: is not there; put it there, or leave out `archives`")
        found = sha256(path)
        if found != archives[path.name]["sha256"]:
            raise InputError(
                f"{path}: is damaged or incomplete (SHA-256 {found[:12]}…, not "
                f"{archives[path.name]['sha256'][:12]}…); "
                "put the right one there, or remove it and run again"
            )
    return paths
