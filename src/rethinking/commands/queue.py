"""What a run has put into the queue of a Slurm cluster."""

import getpass
import subprocess
import time
from pathlib import Path

# As in profiles/slurm.
PREFIX = "rethinking_"
POLL_S = 0.5
ANSWER_S = 60


def queued() -> list[str]:
    """The Slurm jobs of runs in this folder that are not over; none where there is no Slurm."""
    fields = "--format=%A|%Z|%j"
    try:
        done = subprocess.run(
            ["squeue", "--noheader", f"--user={getpass.getuser()}", fields],
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_S,
        )
    except (OSError, subprocess.SubprocessError):
        # No cluster here, or none that answers. Whatever works there holds the lease of its run.
        return []
    jobs = [line.split("|", 2) for line in done.stdout.splitlines()]
    return [
        number
        for number, folder, name in jobs
        if name.startswith(PREFIX) and Path(folder) == Path.cwd()
    ]


def cancel(jobs: list[str]) -> None:
    """End Slurm jobs, and wait until they are gone; what they train is saved."""
    subprocess.run(["scancel", *jobs], check=False, timeout=ANSWER_S)
    while set(jobs) & set(queued()):
        time.sleep(POLL_S)
