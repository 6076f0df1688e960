"""Paths that a user writes, in a config or on a command line."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

# Keys for the places of data, which change no result.
PLACES = {"path", "archives"}
PATHS = {"results_dir", *PLACES}
ROOT = Path(__file__).parents[3]
# Folders of the project, or of its tools.
OWN = {
    *("benchmarks", "docs", "envs", "findings", "notebooks", "paper", "profiles", "slurm", "src"),
    *("tests", "workflow", ".ci", ".git", ".snakemake", ".venv"),
}
PUBLISHED = ("results", "reference")


def with_paths(config: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """A config, or a section of it, with all its paths in the form of :func:`as_path`.

    Values that are not text are left to the schema. ``where`` is the path of the section, with a
    dot at its end. An unknown home or a variable in a path raises InputError.
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
    """Expand ``~`` (or raise InputError), and drop ``./``, ``x/../`` and a slash at the end.

    A ``..`` behind a link stays, because it leads elsewhere.
    """
    full = os.path.expanduser(text)  # noqa: PTH111, as Path's raises where this leaves ~ in place
    short = os.path.normpath(full)
    if short.startswith("~"):
        raise InputError(f"{text}: the home of that user is not known; write the path in full")
    return short if os.path.realpath(short) == os.path.realpath(full) else str(Path(full))


def check_results_dir(given: str, root: Path = ROOT) -> None:
    """Raise if ``results_dir`` is a folder of the project: steps replace and remove files in it."""
    folder, project = Path(given).resolve(), root.resolve()
    parts = folder.relative_to(project).parts if folder.is_relative_to(project) else ()
    if project.is_relative_to(folder) or OWN & {*parts[:1]} or parts[:2] == PUBLISHED:
        raise InputError(
            f"config: results_dir: {given} holds files of the project, which steps would replace "
            "or remove; give a folder of its own, as results"
        )


def check_outside(key: str, place: str, results_dir: str) -> None:
    """Raise if the user's data, at ``key`` in the config, lie in the folder of results."""
    if Path(place).resolve().is_relative_to(Path(results_dir).resolve()):
        raise InputError(
            f"config: {key}: {place} lies in results_dir, where steps replace and remove files; "
            "move it elsewhere"
        )
