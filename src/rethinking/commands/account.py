"""What the account and the folder that a command is started in may lack."""

import getpass
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from rethinking.errors import InputError

CACHES = Path(".snakemake/cache")


def check_folder(folder: str) -> None:
    """Refuse a project's folder that Snakemake would misread.

    Its rules name scripts and environments by paths in which braces stand for wildcards, and a
    colon ends an entry of PYTHONPATH. The Makefile refuses the same before it installs anything.

    Raises:
        InputError: The path has such a character.
    """
    if set("{}:") & set(folder):
        raise InputError(
            f"{folder}: Snakemake misreads {{ }} : in the path of a project; "
            "rename or move the folder"
        )


def search_path(source: Path, environment: Mapping[str, str]) -> str:
    """A PYTHONPATH with the project's own package first and all that was there behind it.

    Args:
        source: The folder of the package.
        environment: The variables so far.
    """
    before = environment.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(
        [str(source), *(path for path in before if path not in ("", str(source)))]
    )


def give_name() -> None:
    """Call a user by number who has no name, as in a container that is run with ``--user``.

    Snakemake and torch ask for the name, and end with a KeyError where there is none.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = str(os.getuid())


def forget_looks() -> None:
    """Draw without a screen, and without settings that matplotlib may fail to read as it starts.

    Figures reset the others that it finds.
    """
    os.environ["MPLBACKEND"] = "agg"
    os.environ.pop("MATPLOTLIBRC", None)


def give_caches_a_place() -> None:
    """Keep caches of libraries in this folder where the user's home is missing or read-only."""
    if os.environ.get("HOME") == "":
        del os.environ["HOME"]  # empty is as good as missing, but not to all libraries
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        usual = Path(given) if given else Path("~/.cache").expanduser()
        usual.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=usual):
            return
    except RuntimeError:
        reason = "there is no home folder"
        # Where Snakemake looks for a user's profiles: it ends where it cannot.
        os.environ.setdefault("XDG_CONFIG_HOME", str(CACHES.absolute()))
    except OSError as error:
        reason = f"{error.filename or usual}: {error.strerror}"
    os.environ["XDG_CACHE_HOME"] = str(CACHES.absolute())
    print(
        f"rethinking: caches go to {CACHES} ({reason}); XDG_CACHE_HOME names another place",
        file=sys.stderr,
        flush=True,
    )
