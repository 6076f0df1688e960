"""The frame of every job: a log, checked inputs, errors of one line, and a record.

Nothing here can change results, so this module is not part of the code that makes a step stale
(``rethinking.step.code``). Only the adapter, ``workflow/step.py``, imports it.
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

# Damaged results that jobs have removed since `rethinking run` started Snakemake, one in a line.
DISCARDED = Path(".snakemake/discarded")
ROOT = Path(__file__).parents[3]
# Errors of a full or read-only disk.
DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextmanager
def job(snakemake: Any) -> Iterator[dict[str, Any]]:
    """Run a job of the workflow within this block.

    Every input that is a result is compared with the checksum in its record. A damaged input is
    removed, so that the next run makes it again. At the end each output gets a record
    (``rethinking.step.provenance``). The block may add entries to the yielded part of the record,
    which has the CPU seconds that loading libraries took.
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
        # Modules and sources are read both at the start and during the job. Only if they are the
        # same before and after are they known to be what the job read.
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
        # The class is torch's, compared by name: jobs that draw figures need not load torch.
        if type(error).__name__ == "OutOfMemoryError":
            _end(f"{str(error).partition('. ')[0]}; see docs/faq.md, out of memory")
        raise


def _terminal() -> logging.Handler:
    """A handler that shows the package's warnings; errors are shown when they end the job."""
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
    # An exit, unlike the signal, lets temporary files be removed.
    sys.exit("error: terminated")


def _requeue_if_preempted() -> None:
    """Put this job back into Slurm's queue if it was preempted.

    Slurm does so only with jobs that are still running at the SIGKILL that follows its SIGTERM;
    those that end before count as failed. A cancelled job must not come back.
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
        # Snakemake submits the job again.
        log.warning("Slurm does not queue job %s again: %s", number, error)


def _description(snakemake: Any, started: float) -> dict[str, Any]:
    """The entries of a record: rule, settings, code, time, place and cost of a job."""
    spec = snakemake.params.spec
    # The unit of ru_maxrss is KiB on Linux, and bytes on macOS.
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
