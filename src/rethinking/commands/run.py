"""Build the paper, going on after whatever ended the last run."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from rethinking.errors import InputError
from rethinking.job import DISCARDED

LOCK = Path(".snakemake/rethinking-run.lock")
SNAKEMAKES_LOCKS = Path(".snakemake/locks")
# A trainer that is asked to end saves its state first.
PATIENCE_S = 60
# Each time, something damaged was removed: more often than this, the disk is to blame.
ATTEMPTS = 10
CORES = ("-c", "--cores", "-j", "--jobs", "--profile")


def run(arguments: Sequence[str]) -> int:
    """Run Snakemake in this folder as the only one, and again where it met damaged results.

    Args:
        arguments: Of Snakemake's; all cores are used where they do not say how many.

    Returns:
        Snakemake's exit code.
    """
    if not any(argument.partition("=")[0] in CORES for argument in arguments):
        arguments = ["--cores", "all", *arguments]
    with _alone():
        if SNAKEMAKES_LOCKS.is_dir() and any(SNAKEMAKES_LOCKS.iterdir()):
            _tell("unlocking the folder after a run that was killed")
            _snakemake(["--unlock", "--quiet", "all", *arguments])
        for _ in range(ATTEMPTS):
            DISCARDED.unlink(missing_ok=True)
            code = _snakemake(arguments)
            if code == 0 or not DISCARDED.exists():
                break
            for damaged in DISCARDED.read_text().splitlines():
                _tell(f"{damaged} was damaged; making it again")
    return code


@contextmanager
def _alone() -> Iterator[None]:
    """Be the only one at work in this folder: wait for others, end what the dead have left."""
    try:
        LOCK.parent.mkdir(exist_ok=True)
        lock = FileLock(LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            _tell("waiting for another `rethinking run` in this folder")
            lock.acquire()
    except OSError as error:
        raise InputError(f"{LOCK}: {error.strerror}; mend that and run again") from error
    with lock:
        for process in _at_work(_is_snakemake):
            _tell(f"waiting for Snakemake, process {process.pid}, at work in this folder")
            _wait(process)
        orphans = list(_at_work(_is_script))
        for process in orphans:
            _tell(f"ending process {process.pid}, left behind by a run that was killed")
            process.terminate()
        for process in psutil.wait_procs(orphans, timeout=PATIENCE_S)[1]:
            process.kill()
        yield


def _at_work(kind: Callable[[Sequence[str]], bool]) -> Iterator[psutil.Process]:
    """Other processes of a kind with this working folder, but not those that started this one."""
    ours = {process.pid for process in [psutil.Process(), *psutil.Process().parents()]}
    for process in psutil.process_iter():
        try:
            if process.pid in ours or Path(process.cwd()) != Path.cwd():
                continue
            if kind(process.cmdline()):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue


def _wait(process: psutil.Process) -> None:
    # A process that has ended stays as a zombie until whoever started it takes note.
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(1)
                return


def _is_snakemake(command: Sequence[str]) -> bool:
    program = [Path(part).name for part in command[:2]]
    return "snakemake" in program or list(command[1:3]) == ["-m", "snakemake"]


def _is_script(command: Sequence[str]) -> bool:
    return any("/.snakemake/scripts/" in part for part in command[1:])


def _snakemake(arguments: Sequence[str]) -> int:
    process = subprocess.Popen([sys.executable, "-m", "snakemake", *arguments])
    while True:
        # An interrupt from the terminal has reached Snakemake too, which ends its jobs first.
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def _tell(line: str) -> None:
    print(f"rethinking: {line}", file=sys.stderr, flush=True)
