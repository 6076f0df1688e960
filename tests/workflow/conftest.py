"""A copy of the project, built once at scale smoke, that tests copy and change."""

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from rethinking.git import git
from tests.helpers.project import CONFIG, ROOT, run

# Processes that a shell starts in the background ignore Control-C, and so would their children.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The name of a folder, with characters that mean something to a shell.
ODD = "built where it's R&D; (1) $HOME"


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project as it would be cloned, with its results at scale smoke. Not to be changed.

    A shell would take the names of its folder and of its Python apart.

    Workers that run tests side by side share it; the first that needs it builds it.
    """
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder, done = root / ODD / "project", root / ODD / "done"
    with FileLock(root / "built.lock"):
        if not done.exists():
            shutil.rmtree(folder.parent, ignore_errors=True)
            install(folder.parent)
            build(folder)
            done.touch()
    return folder


def install(folder):
    """Put a Python without libraries into a folder."""
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").symlink_to(sys.executable)
    settings = Path(sys.prefix) / "pyvenv.cfg"
    if settings.exists():
        shutil.copy2(settings, folder / ".venv")


def build(folder):
    """Copy what git would clone, with uncommitted changes, and build it at scale smoke."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.decode().split("\0")[:-1]:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    code, output = run(folder, *CONFIG)
    assert code == 0, output


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built project to change at will."""
    return Path(shutil.copytree(built, tmp_path / "project", symlinks=True))
