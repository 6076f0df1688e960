"""Paths that a user writes, in a config or on a command line."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

# Keys that say where data lie, which changes nothing that is computed.
PLACES = {"path", "archives"}
PATHS = {"results_dir", *PLACES}


def with_paths(config: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """A config with its paths as :func:`as_path` writes them, at whatever depth they stand.

    What is no text is left to the schema.

    Args:
        config: The config as read, or a section of it.
        where: The keys that lead to the section, each with a dot behind it.

    Raises:
        InputError: A path begins with a home that there is not, or with a variable.
    """
    return {key: _with_path(f"{where}{key}", key, value) for key, value in config.items()}


def _with_path(where: str, key: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return with_paths(value, f"{where}.")
    if key not in PATHS or not isinstance(value, str) or not value:
        return value
    try:
        path = as_path(value)
    except InputError as error:
        raise InputError(f"config: {where}: {error}") from error
    if re.search(r"\$[A-Za-z_{]", path) and not Path(path).exists():
        raise InputError(f"config: {where}: {value}: no variables here; write the path in full")
    return path


def as_path(text: str) -> str:
    """Expand ``~``, and drop what a path does not need: ``./``, ``x/../``, a slash at the end.

    A ``..`` behind a link stays, as it leads elsewhere.

    Raises:
        InputError: The home of a user is not known.
    """
    full = os.path.expanduser(text)  # noqa: PTH111, as Path's raises where this leaves ~ in place
    short = os.path.normpath(full)
    if short.startswith("~"):
        raise InputError(f"{text}: the home of that user is not known; write the path in full")
    return short if os.path.realpath(short) == os.path.realpath(full) else str(Path(full))
