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
ROOT = Path(__file__).parents[3]
# Folders that come with the project, or that its tools make.
OWN = {
    *("docs", "envs", "findings", "notebooks", "paper", "profiles", "slurm", "src", "tests"),
    *("workflow", ".ci", ".git", ".snakemake", ".venv"),
}
PUBLISHED = ("results", "reference")


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


def check_results_dir(given: str, root: Path = ROOT) -> None:
    """Refuse a folder for results that holds something else: steps replace and remove files there.

    Args:
        given: ``results_dir``.
        root: The folder of the project.

    Raises:
        InputError: It holds the project, or lies in a folder that comes with it.
    """
    folder, project = Path(given).resolve(), root.resolve()
    parts = folder.relative_to(project).parts if folder.is_relative_to(project) else ()
    if project.is_relative_to(folder) or OWN & {*parts[:1]} or parts[:2] == PUBLISHED:
        raise InputError(
            f"config: results_dir: {given} holds files of the project, which steps would replace "
            "or remove; give a folder of its own, as results"
        )


def check_outside(key: str, place: str, results_dir: str) -> None:
    """Refuse data of the user's in the folder of results; ``key`` is that of the data's place."""
    if Path(place).resolve().is_relative_to(Path(results_dir).resolve()):
        raise InputError(
            f"config: {key}: {place} lies in results_dir, where steps replace and remove files; "
            "move it elsewhere"
        )
