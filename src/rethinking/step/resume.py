"""The state of a training under way, so that a training that was killed goes on where it was.

A state is one file: the SHA-256 of the rest, a line break, and safetensors. Files are replaced in
one piece, so that a kill at any moment leaves the last whole one.
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as from_bytes
from safetensors.numpy import save as to_bytes

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
    """The place of a training, whatever its framework.

    Attributes:
        arrays: Weights, momentum, random states and whatever else is large.
        progress: The rest, as JSON can hold it.
    """

    arrays: Mapping[str, NDArray[Any]]
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
        self._must_end = False

    @property
    def seconds(self) -> float:
        """The time spent on the run by this process and those before it whose states it loaded."""
        return self._before + time.monotonic() - self._started

    def load(self, name: str) -> State | None:
        """The last state of that name; None where there is none, or it is damaged."""
        path = self._path(name)
        try:
            arrays = from_bytes(_unsealed(path.read_bytes()))
            progress = json.loads(arrays.pop(PROGRESS).tobytes())
            self._before = max(self._before, progress["seconds"])
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, ValueError, KeyError) as error:
            log.warning("%s: damaged (%s); discarded, this part starts anew", path, error)
            path.unlink(missing_ok=True)
            return None
        return State(arrays, progress)

    def save(self, name: str, state: State) -> None:
        """Keep a state; then end the process if a signal demanded that."""
        text = json.dumps({**state.progress, "seconds": self.seconds}).encode()
        arrays = {**state.arrays, PROGRESS: np.frombuffer(text, dtype=np.uint8)}
        write_bytes(self._path(name), _sealed(to_bytes(arrays)))
        self._saved = time.monotonic()
        if self._must_end:
            sys.exit("error: ended by a signal; the state is saved, run again to go on")

    def due(self) -> bool:
        """Whether it is time to save."""
        return self._must_end or time.monotonic() - self._saved >= self._every

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block, SIGTERM and SIGINT end the process at the next save, which is due."""
        before = {number: signal.signal(number, self._note_signal) for number in ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note_signal(self, _signal: int, _frame: object) -> None:
        self._must_end = True

    def finish(self, files: Mapping[str, Path]) -> None:
        """Keep the finished files of the run instead of its states.

        They are kept as links, which take no space, until the workflow has ended well: Snakemake
        removes what it has not recorded, and a kill can come between a job's end and its record.

        Args:
            files: The files by name; :meth:`finished` takes the same names.
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


def resumable(
    folder: Path, files: Mapping[str, Path], make: Callable[[Saver], None]
) -> dict[str, float]:
    """Do a training that goes on where an earlier attempt was killed, as its only writer.

    Args:
        folder: For the states of this very training.
        files: The outputs by name; the first names the lock beside them.
        make: Trains and writes ``files``, with a saver for the states.

    Returns:
        For the job's record: the seconds of all attempts together.
    """
    saver = Saver(folder)
    first = next(iter(files.values()))
    with lease(first.with_name(f".{first.stem}.lease")):
        if saver.finished(files):
            log.info("an earlier attempt had finished this training")
        else:
            with saver.listening():
                make(saver)
            saver.finish(files)
    return {"seconds_of_all_attempts": round(saver.seconds, 2)}


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

    The lease is a lock of the operating system, which disappears with the process that holds it
    however that ends, so that none is ever stale.

    Args:
        file: The lock's file, beside the outputs; it names the process and host of its holder.
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
