"""Build the paper, going on after whatever ended the last run."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from rethinking.commands.plan import plan
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
        _remind(arguments)
        for _ in range(ATTEMPTS):
            DISCARDED.unlink(missing_ok=True)
            code = _snakemake(arguments)
            if code == 0 or not DISCARDED.exists():
                break
            for damaged in dict.fromkeys(DISCARDED.read_text().splitlines()):
                _tell(f"{damaged} was damaged; making it again")
    return code


def _remind(arguments: Sequence[str]) -> None:
    """Tell Snakemake how results were made where it does not know, by the records beside them.

    Without its memory, in ``.snakemake``, it takes all that is there for fresh.
    """
    planned = plan(arguments)
    forgotten = [step for step in planned.steps if step.forgotten]
    if not forgotten:
        return
    _tell(f"Snakemake has lost its memory of {len(forgotten)} results; looking at their records")
    for step in forgotten:
        if step.stale:
            for output in step.outputs:
                output.unlink(missing_ok=True)
    fresh = [step for step in forgotten if not step.stale]
    if fresh:
        times = {output: output.stat() for step in fresh for output in step.outputs}
        touching = ["--quiet", "all", "--cores", "1", "--touch", "--force"]
        targets = [str(step.outputs[0]) for step in fresh]
        _snakemake([*touching, *targets, *planned.config_options])
        # Newer than before, they would make the steps stale that follow and are not asked for now.
        for output, before in times.items():
            os.utime(output, ns=(before.st_atime_ns, before.st_mtime_ns))


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
