"""Archives of public data sets, identified by their checksums."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError
from rethinking.files import sha256

# The archives of a data source: file name to ``sha256`` and ``urls``, mirrors last.
Archives = Mapping[str, Mapping[str, Any]]


def check_archives(folder: Path, archives: Archives) -> list[Path]:
    """The paths of archives in a folder, in order; a missing or wrong one raises InputError."""
    paths = [folder / name for name in archives]
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: is not there; put it there, or leave out `archives`")
        actual, expected = sha256(path), archives[path.name]["sha256"]
        if actual != expected:
            raise InputError(
                f"{path}: is damaged or incomplete (SHA-256 {actual[:12]}…, not {expected[:12]}…); "
                "put the right one there, or remove it and run again"
            )
    return paths
