"""A copy of the project, built once at scale smoke, that tests copy and change."""

import contextlib
import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import psutil
import pytest
import yaml
from filelock import FileLock

from rethinking.commands.account import search_path
from rethinking.git import git

ROOT = Path(__file__).parents[2]
# What a shell starts in the background ignores Control-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# So that no message is broken into lines.
WIDE = {"COLUMNS": "1000"}
# After which a test that waits has failed.
PATIENCE_S = 900
# The name of a folder, with characters that mean something to a shell.
ODD = "built where it's R&D; (1) $HOME"


def edit(path, old, new):
    """Change the first place in a file where a text stands."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def start(folder, *command, output=subprocess.PIPE, **variables):
    """Start a Python command in a copy, with the copy's package, in a process group of its own.

    The Python is the one beside the copy if there is one; its libraries are then found by
    PYTHONPATH alone, as those of a cluster's modules are.
    """
    python, environment = folder.parent / ".venv/bin/python", os.environ
    if python.exists():
        environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    else:
        python = sys.executable
    return subprocess.Popen(
        [python, *command],
        cwd=folder,
        env={
            **os.environ,
            **WIDE,
            **variables,
            "PYTHONPATH": search_path(folder / "src", environment),
        },
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finished(process, seconds=None):
    """The exit code of a process, and all that it printed; it is killed if it takes longer."""
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, output


def run(folder, *arguments, **variables):
    """Run Snakemake in a copy; its exit code and all that it printed."""
    return finished(start(folder, "-m", "snakemake", "--cores", "2", *arguments, **variables))


def rethinking(folder, *arguments, **variables):
    """Run a command of the project's in a copy; its exit code and all that it printed."""
    return finished(start(folder, "-m", "rethinking", *arguments, **variables))


def commit_all(folder):
    """Make a copy a git repository of its own, or add a commit of all changes."""
    who = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "init.defaultBranch=main"]
    for arguments in (["init"], ["add", "--all"], ["commit", "--message=all"]):
        git(folder, *who, *arguments)


def at_work(folder, part):
    """The processes that work in a copy and have a text in their command line."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(folder) and any(part in word for word in process.cmdline()):
                found.append(process)
    return found


def kill(processes):
    """Kill processes in a way that they cannot notice."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes)


def until(condition, process):
    """Wait while a process goes on until something is the case."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(0.02)
            pytest.fail(f"ended with {code} before it happened")


def results_of(folder, scale="smoke"):
    """The bytes of all results but for the records of how, where and when they were made."""
    root = folder / "results" / scale
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and "logs" not in path.parts
        and not path.name.startswith(".")
        and "provenance" not in path.name
        and path.name != "manifest.json"
    }


def planned(folder, *targets, changes=None, config=None):
    """How often a dry run would run each rule; targets without a script are left out.

    Args:
        folder: The copy.
        targets: What is asked for; the paper at scale smoke by default.
        changes: What a config file changes.
        config: Where to write that file; by default beside the copy.
    """
    changed = config or folder.parent / "changes.yaml"
    changed.write_text(yaml.safe_dump({"scale": "smoke"} | (changes or {})))
    code, output = run(folder, "--dry-run", "--configfile", str(changed), "--", *targets)
    assert code == 0, output
    table = output.partition("Job stats")[2].partition("total")[0]
    found = re.findall(r"^ (\w[\w ]*?) +(\d+) *$", table, re.M)
    counts = {rule.replace(" ", "_"): int(count) for rule, count in found}
    return {rule: count for rule, count in counts.items() if rule not in ("paper", "figures")}


def pending(folder):
    """The files that a run of a copy would make, at scale smoke; Snakemake says which."""
    code, output = run(folder, "--summary", "--quiet", "--config", "scale=smoke")
    assert code == 0, output
    table = output[output.index("output_file\t") :].splitlines()
    rows = csv.DictReader(table, delimiter="\t")
    return {row["output_file"] for row in rows if row["plan"] == "update pending"}


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The project as it would be cloned, with its results at scale smoke. Not to be changed.

    Its folder and its Python have a name that a shell takes apart.

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
    """Copy what git would clone, with what is not committed yet, and build it at scale smoke."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in listed.decode().split("\0")[:-1]:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    code, output = run(folder, "--config", "scale=smoke")
    assert code == 0, output


@pytest.fixture
def copy(built, tmp_path):
    """A copy of the built project to change at will."""
    return Path(shutil.copytree(built, tmp_path / "project", symlinks=True))
