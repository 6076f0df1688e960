"""What every job does around its work: a log, one-line errors, where and how it ran."""

import logging
import os
import platform
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rethinking.errors import InputError

log = logging.getLogger(__name__)


@contextmanager
def job(log_file: str) -> Iterator[None]:
    """Log to a file, and end an error of the user's with one line instead of a traceback."""
    logging.basicConfig(
        filename=log_file,
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        force=True,
    )
    try:
        yield
    except InputError as error:
        log.critical("%s", error)
        sys.exit(f"error: {error}")
    except Exception:
        log.exception("failed")
        raise


def provenance(started: float, packages: Sequence[str]) -> dict[str, Any]:
    """Where, when and by which code a result was made.

    Args:
        started: ``time.time()`` when the work began.
        packages: Whose versions matter to the result.

    Returns:
        The commit (None outside a repository) and whether files differed from it, host, processor,
        versions, wall time in seconds, and the job's peak memory in MiB.
    """
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 2),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20),
        "host": socket.gethostname(),
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
