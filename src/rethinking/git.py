"""What git knows of the project; no other module asks git."""

import os
import subprocess
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

# Where code lies. What is not yet added to git counts as a change here only, so that notes do not.
CODE = ("Snakefile", "src", "workflow", "paper", "envs")
# Read whether or not git was told to ignore them.
SOURCES = {".py", ".smk", ".tex", ".bib", ".yaml", ".csv"}
# A folder that does not answer must not hold a job up for ever.
LIMIT_S = 300


def git(root: Path, *arguments: str) -> bytes:
    """What a command of git's prints.

    Git looks for a repository in the folder itself and nowhere above it. Variables such as
    ``GIT_DIR``, which git sets for its hooks, would lead to another one, and are taken away.

    Args:
        root: The folder of the project.
        arguments: The command and its options.

    Raises:
        InputError: Git fails, for instance because the folder is no clone or belongs to another
            user, or is not installed. The message is one line, in English.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {
        "GIT_CEILING_DIRECTORIES": str(root.resolve().parent),
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            env=kept | own,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git: {arguments[0]} did not end in {LIMIT_S:g} s") from error
    except OSError as error:
        raise InputError(f"git cannot be started: {error.strerror}") from error
    if done.returncode != 0:
        # Git's advice stands after its reason.
        reason = done.stderr.decode(errors="replace").partition("fatal: ")[2].partition("\n")[0]
        raise InputError(f"git: {reason or f'{arguments[0]} ended with {done.returncode}'}")
    return done.stdout


def changed(root: Path) -> bool:
    """Whether a tracked file differs from its commit, or git has not yet been given some code.

    Raises:
        InputError: Git does not know.
    """
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        return True
    options = ("--porcelain", "-z", "--untracked-files=all", "--ignored=matching")
    entries = git(root, "status", *options, "--", *CODE).split(b"\0")[:-1]
    return any(
        not entry.startswith(b"!! ") or _holds_sources(root / os.fsdecode(entry[len(b"!! ") :]))
        for entry in entries
    )


def _holds_sources(path: Path) -> bool:
    """Whether an ignored file is code, or an ignored folder holds some."""
    files = path.rglob("*") if path.is_dir() else [path]
    return any(file.suffix in SOURCES for file in files)


def code_state(root: Path) -> dict[str, Any]:
    """The commit of the code, for the record of a result.

    Returns:
        ``commit`` and ``dirty`` (see :func:`changed`). Where git does not know, both
        are None, and ``commit_unknown`` is the reason, in one line.
    """
    try:
        commit = git(root, "rev-parse", "--verify", "HEAD").decode().strip()
        return {"commit": commit, "dirty": changed(root)}
    except InputError as error:
        return {"commit": None, "dirty": None, "commit_unknown": str(error)}
