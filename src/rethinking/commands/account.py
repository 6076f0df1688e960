"""Make up for what a user's account or the project's folder may lack."""

import getpass
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rethinking.errors import InputError

CACHES = Path(".snakemake/cache")


def check_folder(folder: str) -> None:
    """Raise if Snakemake would misread the path of the project.

    Braces stand for wildcards in the paths of scripts and environments, and a colon ends an entry
    of PYTHONPATH. The Makefile tests the same before it installs anything.

    Raises:
        InputError: The path has such a character.
    """
    if set("{}:") & set(folder):
        raise InputError(
            f"{folder}: Snakemake misreads {{ }} : in the path of a project; "
            "rename or move the folder"
        )


def search_path(source: Path, environment: Mapping[str, str]) -> str:
    """Put the folder of the project's package at the head of an environment's PYTHONPATH."""
    paths = environment.get("PYTHONPATH", "").split(os.pathsep)
    others = [path for path in paths if path not in ("", str(source))]
    return os.pathsep.join([str(source), *others])


def give_name() -> None:
    """Name a user without a name by number, for instance in a container with ``--user``.

    Without a name, Snakemake and torch end with a KeyError.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = str(os.getuid())


def forget_looks() -> None:
    """Draw without a screen, and without settings that stop matplotlib from starting.

    Figures reset all other settings.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ.pop("MATPLOTLIBRC", None)


def give_caches_a_place() -> None:
    """Keep caches of libraries in this folder if the user's home is missing or read-only."""
    if os.environ.get("HOME") == "":
        del os.environ["HOME"]  # some libraries accept a missing home, but not an empty one
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        usual = Path(given) if given else Path("~/.cache").expanduser()
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return
    except RuntimeError:
        reason = "there is no home folder"
        # Snakemake looks for profiles here, and ends if it cannot find the folder.
        os.environ.setdefault("XDG_CONFIG_HOME", str(CACHES.absolute()))
    except OSError as error:
        reason = f"{error.filename or usual}: {error.strerror}"
    os.environ["XDG_CACHE_HOME"] = str(CACHES.absolute())
    print(
        f"rethinking: caches go to {CACHES} ({reason}); XDG_CACHE_HOME names another place",
        file=sys.stderr,
        flush=True,
    )
