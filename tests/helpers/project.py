"""Real Snakemake runs in a copy of the project: start them, kill them, look at their results."""

import contextlib
import csv
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import psutil
import pytest
import yaml

from rethinking.commands.account import search_path
from rethinking.git import git

ROOT = Path(__file__).parents[2]
SRC = "src/rethinking"
RESULTS = "results/smoke"
CONFIG = ("--config", "scale=smoke")
SMOKE = ("--cores", "2", *CONFIG)
# A part of the command line of every step: Snakemake copies the script of a rule under this name.
STEP = ".step.py"
# So that no message is broken into lines.
WIDE = {"COLUMNS": "1000"}
# After this time a test that waits has failed.
PATIENCE_S = 900


def edit(path, old, new):
    """Replace the first occurrence of a text in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def write_config(path, changes):
    """Write a config file, by default of scale smoke; its path, for ``--configfile``."""
    path.write_text(yaml.safe_dump({"scale": "smoke"} | changes))
    return str(path)


def smoke(**sections):
    """The part of a config file that changes the scale."""
    return {"scales": {"smoke": sections}}


def start(folder, *command, output=subprocess.PIPE, **variables):
    """Start a Python command in a copy, with the copy's package, in a process group of its own.

    The Python is the one beside the copy if there is one; it finds its libraries by PYTHONPATH
    alone, as the Python of a module on a cluster does.
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
    """Kill processes by a signal that they cannot catch."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes)


def until(condition, process):
    """Wait for a condition; fail if the process ends before, or after a long time."""
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
        targets: Of the run; the paper at scale smoke by default.
        changes: What a config file changes.
        config: Where to write that file; by default beside the copy.
    """
    path = write_config(config or folder.parent / "changes.yaml", changes or {})
    code, output = run(folder, "--dry-run", "--configfile", path, "--", *targets)
    assert code == 0, output
    table = output.partition("Job stats")[2].partition("total")[0]
    found = re.findall(r"^ (\w[\w ]*?) +(\d+) *$", table, re.M)
    counts = {rule.replace(" ", "_"): int(count) for rule, count in found}
    return {rule: count for rule, count in counts.items() if rule not in ("paper", "figures")}


def pending(folder):
    """The files that a run of a copy would make at scale smoke, by Snakemake's own summary."""
    code, output = run(folder, "--summary", "--quiet", *CONFIG)
    assert code == 0, output
    table = output[output.index("output_file\t") :].splitlines()
    rows = csv.DictReader(table, delimiter="\t")
    return {row["output_file"] for row in rows if row["plan"] == "update pending"}


def pretend_version(folder, library, version):
    """Put a description of another version of a library where Python finds it first."""
    info = folder / f"src/{library}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
