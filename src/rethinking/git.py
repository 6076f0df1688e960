"""The state of the project in git; no other module calls git."""

import os
import subprocess
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

# Folders of code. Untracked files count as changes only here, so that notes elsewhere do not.
CODE = ("Snakefile", "src", "workflow", "paper", "envs")
# Suffixes of files that count as code even if git ignores them.
SOURCES = {".py", ".smk", ".tex", ".bib", ".yaml", ".csv"}
# A folder on a dead network drive must not block a job forever.
LIMIT_S = 300


def git(root: Path, *arguments: str) -> bytes:
    """Run a git command in a folder and return its output.

    Git looks for a repository in the folder itself and not above it. Variables such as ``GIT_DIR``,
    which git sets for its hooks and which name another repository, are removed.

    Raises:
        InputError: Git is not installed or fails, for instance because the folder is no clone or
            belongs to another user. The message is one line, in English.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables = {
        "GIT_CEILING_DIRECTORIES": str(root.resolve().parent),
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            env=inherited | variables,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git: {arguments[0]} did not end in {LIMIT_S:g} s") from error
    except OSError as error:
        raise InputError(f"git cannot be started: {error.strerror}") from error
    if done.returncode != 0:
        # Git prints its advice on the lines after the reason.
        reason = done.stderr.decode(errors="replace").partition("fatal: ")[2].partition("\n")[0]
        raise InputError(f"git: {reason or f'{arguments[0]} ended with {done.returncode}'}")
    return done.stdout


def changed(root: Path) -> bool:
    """Whether a tracked file differs from its commit, or some code is untracked.

    Raises:
        InputError: Git fails.
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
    """Whether an ignored file is code, or an ignored folder contains some."""
    files = path.rglob("*") if path.is_dir() else [path]
    return any(file.suffix in SOURCES for file in files)


def code_state(root: Path) -> dict[str, Any]:
    """The commit of the code, for the record of a result.

    Returns:
        ``commit`` and ``dirty`` (see :func:`changed`). If git fails, both are None, and
        ``commit_unknown`` is the reason, in one line.
    """
    try:
        commit = git(root, "rev-parse", "--verify", "HEAD").decode().strip()
        return {"commit": commit, "dirty": changed(root)}
    except InputError as error:
        return {"commit": None, "dirty": None, "commit_unknown": str(error)}
