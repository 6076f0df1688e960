"""State of a training under way, so that one that was killed goes on where it was.

A state is one file: the SHA-256 of what follows, a line break, and safetensors. Files are replaced
in one piece, so that a kill at any moment leaves the last whole one.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.torch import load as from_bytes
from safetensors.torch import save as to_bytes
from torch import Tensor

from rethinking.files import sha256, write_bytes

log = logging.getLogger(__name__)

# Half of what may be lost at most, for steps that are long and disks that are slow.
SAVE_EVERY_S = 30.0
# For tests, which cannot wait that long.
SAVE_EVERY_VARIABLE = "RETHINKING_SAVE_EVERY_S"
ENDING = (signal.SIGTERM, signal.SIGINT)
PROGRESS = "progress"
FINISHED = "finished"


@dataclass(frozen=True)
class State:
    """Where a training is.

    Attributes:
        tensors: Weights, momentum, random states and whatever else is large.
        progress: The rest, as JSON can hold it.
    """

    tensors: Mapping[str, Tensor]
    progress: Mapping[str, Any]


class Saver:
    """Keeps the states of a run in a folder of its own.

    Args:
        folder: Made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._every = float(os.environ.get(SAVE_EVERY_VARIABLE, SAVE_EVERY_S))
        self._started = self._saved = time.monotonic()
        self._before = 0.0
        self._asked_to_end = False

    @property
    def seconds(self) -> float:
        """Time spent on the run by this process and the ones before whose states it has loaded."""
        return self._before + time.monotonic() - self._started

    def load(self, name: str) -> State | None:
        """The last state of that name; None where there is none, or it is damaged."""
        path = self._path(name)
        try:
            tensors = from_bytes(_unsealed(path.read_bytes()))
            progress = json.loads(bytes(tensors.pop(PROGRESS).numpy()))
            self._before = max(self._before, progress["seconds"])
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            log.warning("%s: damaged (%s); discarded, this part starts anew", path, error)
            path.unlink(missing_ok=True)
            return None
        return State(tensors, progress)

    def save(self, name: str, state: State) -> None:
        """Keep a state; end the process if somebody asked for that meanwhile."""
        text = json.dumps({**state.progress, "seconds": self.seconds}).encode()
        progress = torch.frombuffer(bytearray(text), dtype=torch.uint8)
        tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in state.tensors.items()}
        write_bytes(self._path(name), _sealed(to_bytes(tensors | {PROGRESS: progress})))
        self._saved = time.monotonic()
        if self._asked_to_end:
            sys.exit("error: ended by a signal; the state is saved, run again to go on")

    def due(self) -> bool:
        """Whether it is time to save."""
        return self._asked_to_end or time.monotonic() - self._saved >= self._every

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block, SIGTERM and SIGINT end the process at the next save, which is due."""
        before = {number: signal.signal(number, self._ask) for number in ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _ask(self, _signal: int, _frame: object) -> None:
        self._asked_to_end = True

    def finish(self, files: Mapping[str, Path]) -> None:
        """Keep the finished files of the run instead of its states.

        They are kept as links, which take no space, until the workflow has ended well: Snakemake
        removes what it has not recorded, and a kill can come between a job's end and its record.

        Args:
            files: What to keep, by the names that :meth:`finished` takes.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, path in files.items():
            _link(path, self._folder / name)
        sums = {name: sha256(path) for name, path in files.items()}
        self.save(FINISHED, State({}, sums))
        for path in self._folder.iterdir():
            if path.name not in files and path != self._path(FINISHED):
                path.unlink(missing_ok=True)

    def finished(self, files: Mapping[str, Path]) -> bool:
        """Put the files of a finished run back in place; whether there were such, undamaged."""
        state = self.load(FINISHED)
        if state is None:
            return False
        for name in files:
            kept = self._folder / name
            if not kept.exists() or sha256(kept) != state.progress.get(name):
                log.warning("%s: damaged; discarded, the run starts anew", kept)
                self._path(FINISHED).unlink()
                return False
        for name, path in files.items():
            _link(self._folder / name, path)
        return True

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.state"


def _sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _unsealed(content: bytes) -> bytes:
    _, _, inside = content.partition(b"\n")
    if _sealed(inside) != content:
        raise ValueError("its checksum differs")
    return inside


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


@contextmanager
def lease(file: Path) -> Iterator[None]:
    """Be the only process that writes a run, after waiting for another that does.

    The lease is a lock of the operating system's, which goes with the process that holds it
    however that ends, so that none is ever stale.

    Args:
        file: The lock's file, beside the outputs; the holder's process and host stand in it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("waiting for %s, which is at work on this run", _holder(file))
        lock.acquire()
    try:
        file.write_text(f"process {os.getpid()} on {os.uname().nodename}\n")
        yield
    finally:
        lock.release()


def _holder(file: Path) -> str:
    with contextlib.suppress(OSError):
        return file.read_text().strip()
    return "another process"
