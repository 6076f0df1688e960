"""What every job does around its work: a log, checked inputs, one-line errors, a record.

Nothing here can change what a job computes, so that it is left out of the code that makes a step
stale (``rethinking.step.code``). Only the adapter, ``workflow/step.py``, imports it.
"""

import errno
import logging
import os
import platform
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

from rethinking.errors import InputError
from rethinking.files import remove_leftovers
from rethinking.git import code_state
from rethinking.step.hardware import gpu, processor
from rethinking.step.hashes import check_code, check_sources
from rethinking.step.provenance import (
    SUFFIX,
    DamagedError,
    check,
    discard,
    read_record,
    write_records,
)

log = logging.getLogger(__name__)

# Damaged results that jobs removed since `rethinking run` started Snakemake, a line each.
DISCARDED = Path(".snakemake/discarded")
ROOT = Path(__file__).parents[3]
# What a full or read-only disk says.
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextmanager
def job(snakemake: Any) -> Iterator[dict[str, Any]]:
    """Do a job of the workflow.

    Every input that is a result is compared with the checksum that its maker wrote down, and a
    damaged one is removed, so that the next run makes it again. At the end each output gets a
    record (``rethinking.step.provenance``).

    Args:
        snakemake: The object that a script is given.

    Yields:
        Further entries of the record; so far the CPU seconds in which libraries were loaded.
    """
    logging.basicConfig(
        filename=snakemake.log[0],
        filemode="w",
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        force=True,
    )
    logging.getLogger().addHandler(_terminal())
    about: dict[str, Any] = {"seconds_to_start": round(time.process_time(), 2)}
    logging.raiseExceptions = False  # a log that cannot be written must not hide the reason
    signal.signal(signal.SIGTERM, _terminated)
    started = time.time()
    outputs = [Path(path) for path in snakemake.output if not path.endswith(SUFFIX)]
    results = Path(snakemake.config["results_dir"])
    try:
        for output in outputs:
            remove_leftovers(output)
        for path in map(Path, snakemake.input):
            if path.name.endswith(SUFFIX):
                read_record(path)
            elif path.is_relative_to(results):
                check(path)
        # Modules and sources are read when the script starts and while it runs, so that only what
        # is the same before and after is known to be what was read.
        _check_read(snakemake.params.spec)
        yield about
        _check_read(snakemake.params.spec)
        write_records(outputs, _description(snakemake, started) | about)
    except SystemExit:
        _requeue_if_preempted()
        raise
    except DamagedError as error:
        _end(f"{error}; {_discarded(error.path)}")
    except InputError as error:
        _end(str(error))
    except OSError as error:
        if error.errno not in DISK:
            log.exception("failed")
            raise
        _end(f"{error.filename or results}: {error.strerror}; fix that and run again")
    except Exception as error:
        log.exception("failed")
        # Torch's, but known by its name: who draws a figure need not load torch.
        if type(error).__name__ == "OutOfMemoryError":
            _end(f"{str(error).partition('. ')[0]}; see docs/faq.md, out of memory")
        raise


def _terminal() -> logging.Handler:
    """Shows the package's warnings beside the log; errors end the job, and are shown then."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    handler.addFilter(lambda record: record.levelno == logging.WARNING)
    handler.addFilter(logging.Filter("rethinking"))
    return handler


def _check_read(spec: Mapping[str, Any]) -> None:
    check_code(spec["code"])
    check_sources(spec["source_files"])


def _discarded(path: Path) -> str:
    try:
        discard(path)
        with DISCARDED.open("a") as file:
            file.write(f"{path}\n")
    except OSError as error:
        return f"remove it and run again ({error.filename or path}: {error.strerror})"
    return "removed, so that the next run makes it again"


def _end(line: str) -> NoReturn:
    log.critical("%s", line)
    sys.exit(f"error: {line}")


def _terminated(_signal: int, _frame: object) -> NoReturn:
    # An exit, unlike the signal itself, lets temporary files be removed.
    sys.exit("error: terminated")


def _requeue_if_preempted() -> None:
    """Have Slurm queue this job again if it was preempted.

    Slurm by itself does so only with jobs that do not end in the time between its SIGTERM and its
    SIGKILL; those that do, it takes for failed. A job that was cancelled must stay so.
    """
    number = os.environ.get("SLURM_JOB_ID")
    if number is None:
        return
    try:
        shown = subprocess.run(
            ["scontrol", "show", "job", number], capture_output=True, text=True, check=True
        ).stdout
        if re.search("PreemptTime=[0-9]", shown):
            log.info("preempted: asking Slurm to queue job %s again", number)
            subprocess.run(["scontrol", "requeue", number], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        # Snakemake will submit it again.
        log.warning("Slurm does not queue job %s again: %s", number, error)


def _description(snakemake: Any, started: float) -> dict[str, Any]:
    """How, where, when and at what cost the results of a job were made."""
    spec = snakemake.params.spec
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "rule": snakemake.rule,
        "spec": spec,
        **code_state(ROOT),
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 2),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20),
        "host": socket.gethostname(),
        "processor": processor(),
        "gpu": gpu(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in spec["versions"]},
    }
