"""The lock of a folder: only one run at a time."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from rethinking.commands import queue
from rethinking.errors import InputError

LOCK = Path(".snakemake/rethinking-run.lock")
# A training job saves its state before it ends.
PATIENCE_S = 60


@contextmanager
def alone() -> Iterator[None]:
    """Hold the lock of this folder: wait for other runs, end the processes of killed ones.

    Jobs of killed runs in the queue of a cluster are cancelled.

    Raises:
        InputError: The folder cannot be written to, or a run was started on another machine.
    """
    try:
        LOCK.parent.mkdir(exist_ok=True)
        lock = FileLock(LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell("waiting for another `rethinking run` in this folder")
            lock.acquire()
    except OSError as error:
        raise InputError(f"{LOCK}: {error.strerror}; fix that and run again") from error
    with lock:
        jobs = queue.queued(tell)
        for process in _at_work(_is_snakemake):
            if _slurm_job(process) in jobs:
                continue  # a job of Slurm on this machine, not the run that submitted it
            tell(f"waiting for Snakemake, process {process.pid}, at work in this folder")
            _wait(process)
        if jobs := queue.queued(tell):
            tell(f"cancelling {len(jobs)} Slurm jobs, left behind by a run that was killed")
            queue.cancel(jobs, tell)
        orphans = list(_at_work(_is_script))
        for process in orphans:
            tell(f"ending process {process.pid}, left behind by a run that was killed")
            process.terminate()
        for process in psutil.wait_procs(orphans, timeout=PATIENCE_S)[1]:
            process.kill()
        yield


def tell(line: str) -> None:
    """Print a line on the progress of a command; a closed terminal is no error."""
    with contextlib.suppress(OSError):
        print(f"rethinking: {line}", file=sys.stderr, flush=True)


def _at_work(kind: Callable[[Sequence[str]], bool]) -> Iterator[psutil.Process]:
    """Other processes of a kind with this working folder, without the parents of this one."""
    ours = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    for process in psutil.process_iter():
        try:
            if process.pid in ours or Path(process.cwd()) != Path.cwd():
                continue
            if kind(process.cmdline()):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue


def _slurm_job(process: psutil.Process) -> str | None:
    try:
        number: str | None = process.environ().get("SLURM_JOB_ID")
    except psutil.Error:
        return None
    return number


def _wait(process: psutil.Process) -> None:
    # An ended process stays a zombie until its parent waits for it.
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(1)
                return


def _is_snakemake(command: Sequence[str]) -> bool:
    program = [Path(part).name for part in command[:2]]
    return "snakemake" in program or ("-m", "snakemake") in pairwise(command)


def _is_script(command: Sequence[str]) -> bool:
    return any("/.snakemake/scripts/" in part for part in command[1:])
