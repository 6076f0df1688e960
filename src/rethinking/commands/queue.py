"""What a run has put into the queue of a Slurm cluster."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rethinking.errors import InputError

# Snakemake calls its jobs <prefix>_<id of the run>; the prefix is that of profiles/slurm.
NAME = re.compile("rethinking_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Where there is one, Snakemake has been at work on a cluster here.
LOGS = Path(".snakemake/slurm_logs")
# Where the last run on a cluster was started. Slurm's own answer to that may be another name of the
# same machine.
HOST = Path(".snakemake/rethinking-run.host")
POLL_S = 2
ANSWER_S = 60
# Slurm gives jobs 30 s to end, unless the site says otherwise.
PATIENCE_S = 120


def queued(tell: Callable[[str], None]) -> list[str]:
    """The Slurm jobs of runs in this folder that are not over; none where there is no Slurm.

    Args:
        tell: Is told what is waited for.

    Raises:
        InputError: They were submitted from another machine, where that run may be alive.
    """
    own = os.environ.get("SLURM_JOB_ID")
    found = [
        number
        for number, name, folder in _listed(tell)
        if NAME.fullmatch(name) and Path(folder) == Path.cwd() and number != own
    ]
    if found and HOST.exists() and (host := HOST.read_text()) != socket.gethostname():
        raise InputError(
            f"a run that was started on {host} has jobs in Slurm's queue (one is {found[0]}); "
            "go on there, or cancel them"
        )
    return found


def note_host() -> None:
    """Write down that a run on a cluster was started on this machine."""
    HOST.write_text(socket.gethostname())


def cancel(jobs: Sequence[str], tell: Callable[[str], None]) -> None:
    """End Slurm jobs, and wait until they are gone; what they train is saved.

    Args:
        jobs: Their numbers.
        tell: Is told what is waited for.
    """
    _ask("scancel", *jobs)
    began, told = time.monotonic(), False
    while left := sorted({*jobs} & {number for number, *_ in _listed(tell)}):
        if time.monotonic() - began > PATIENCE_S and not told:
            tell(f"waiting for Slurm to end its jobs {', '.join(left)}")
            told = True
        time.sleep(POLL_S)


def _listed(tell: Callable[[str], None]) -> list[list[str]]:
    """Number, name and folder of all own jobs."""
    told = False
    while True:
        answer = _ask("squeue", "--noheader", f"--user={os.getuid()}", "--format=%A|%j|%Z")
        if answer is not None:
            return [line.split("|", 2) for line in answer.splitlines()]
        if not LOGS.is_dir():
            return []
        if not told:
            tell(f"Slurm does not answer; asking again (if it is gone for good, remove {LOGS})")
            told = True
        time.sleep(POLL_S)


def _ask(*command: str) -> str | None:
    """What a command of Slurm's prints; None if there is no such command or no answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=ANSWER_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
