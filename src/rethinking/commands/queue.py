"""The jobs of runs in the queue of a Slurm cluster."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rethinking.errors import InputError

# Snakemake names its jobs <prefix>_<id of the run>, with the prefix of profiles/slurm.
NAME = re.compile("rethinking_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# This folder exists if Snakemake has run on a cluster here.
LOGS = Path(".snakemake/slurm_logs")
# The machine that started the last run on a cluster, by a name that may differ from Slurm's.
HOST = Path(".snakemake/rethinking-run.host")
POLL_S = 2
ANSWER_S = 60
# Slurm gives jobs 30 s to end by default.
PATIENCE_S = 120


def queued(tell: Callable[[str], None]) -> list[str]:
    """The unfinished Slurm jobs of runs in this folder; none without Slurm.

    Args:
        tell: Called with a line if Slurm does not answer.

    Raises:
        InputError: They were submitted from another machine, where that run may be alive.
    """
    own = os.environ.get("SLURM_JOB_ID")
    jobs = [
        number
        for number, name, folder in _listed(tell)
        if NAME.fullmatch(name) and Path(folder) == Path.cwd() and number != own
    ]
    if jobs and HOST.exists() and (host := HOST.read_text()) != socket.gethostname():
        raise InputError(
            f"a run that was started on {host} has jobs in Slurm's queue (one is {jobs[0]}); "
            "go on there, or cancel them"
        )
    return jobs


def note_host() -> None:
    """Record that this machine started a run on a cluster."""
    HOST.write_text(socket.gethostname())


def cancel(jobs: Sequence[str], tell: Callable[[str], None]) -> None:
    """End Slurm jobs, and wait until they have saved their state and ended.

    Args:
        jobs: The numbers of the jobs.
        tell: Called with a line if they do not end soon.
    """
    _output("scancel", *jobs)
    started, waiting = time.monotonic(), False
    while left := sorted({*jobs} & {number for number, *_ in _listed(tell)}):
        if time.monotonic() - started > PATIENCE_S and not waiting:
            tell(f"waiting for Slurm to end its jobs {', '.join(left)}")
            waiting = True
        time.sleep(POLL_S)


def _listed(tell: Callable[[str], None]) -> list[list[str]]:
    """Number, name and folder of all own jobs."""
    waiting = False
    while True:
        answer = _output("squeue", "--noheader", f"--user={os.getuid()}", "--format=%A|%j|%Z")
        if answer is not None:
            return [line.split("|", 2) for line in answer.splitlines()]
        if not LOGS.is_dir():
            return []
        if not waiting:
            tell(f"Slurm does not answer; asking again (if it is gone for good, remove {LOGS})")
            waiting = True
        time.sleep(POLL_S)


def _output(*command: str) -> str | None:
    """The output of a Slurm command; None if there is no such command or no answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=ANSWER_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
