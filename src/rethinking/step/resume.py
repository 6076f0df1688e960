"""The saved states of a training, from which it continues after a kill.

A state is one file: the SHA-256 of the rest, a line break, and safetensors. A new state replaces
the file in one piece, so that a kill at any moment leaves the last complete state.
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

# A kill loses at most about twice this time, if steps are long and disks are slow.
SAVE_EVERY_S = 30.0
# Tests need a shorter interval.
SAVE_EVERY_VARIABLE = "RETHINKING_SAVE_EVERY_S"
ENDING = (signal.SIGTERM, signal.SIGINT)
PROGRESS = "progress"
FINISHED = "finished"


@dataclass(frozen=True)
class State:
    """The state of a training, in any framework."""

    arrays: Mapping[str, NDArray[Any]]  # weights, momentum, random states and other large parts
    progress: Mapping[str, Any]  # the rest, as JSON


class Saver:
    """Saves the states of a run in its own folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._every = float(os.environ.get(SAVE_EVERY_VARIABLE, SAVE_EVERY_S))
        self._started = self._saved = time.monotonic()
        self._before = 0.0
        self._must_end = False

    @property
    def seconds(self) -> float:
        """The time of the run: that of this process and of those before it."""
        return self._before + time.monotonic() - self._started

    def load(self, name: str) -> State | None:
        """The last state of that name; None if there is none, or it is damaged."""
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
        """Save a state; then end the process if it has received a signal to end."""
        text = json.dumps({**state.progress, "seconds": self.seconds}).encode()
        # safetensors writes the memory in its order, without regard to strides.
        arrays = {name: np.asarray(array, order="C") for name, array in state.arrays.items()}
        arrays[PROGRESS] = np.frombuffer(text, dtype=np.uint8)
        write_bytes(self._path(name), _sealed(to_bytes(arrays)))
        self._saved = time.monotonic()
        if self._must_end:
            sys.exit("error: ended by a signal; the state is saved, run again to go on")

    def due(self) -> bool:
        """Whether it is time to save."""
        return self._must_end or time.monotonic() - self._saved >= self._every

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block, SIGTERM and SIGINT end the process at the next save, due at once."""
        before = {number: signal.signal(number, self._note_signal) for number in ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note_signal(self, _signal: int, _frame: object) -> None:
        self._must_end = True

    def finish(self, files: Mapping[str, Path]) -> None:
        """Replace the states of the run by links to its finished files.

        The links, which take no space, stay until the workflow has ended well: Snakemake removes
        outputs that it has not recorded, and a kill may come between a job's end and its record.
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
        """Restore the files of a finished run; return whether there were intact ones."""
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
    """Train as the only writer of some files, and continue after a kill of an earlier attempt.

    The folder has the states of this training; the lock lies beside the first file. ``make`` trains
    and writes the files, with a saver for the states. The result, for the job's record, is the
    seconds of all attempts together.
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
    """Hold the right to write a run; wait while another process holds it.

    The lease is a lock of the operating system. It disappears with the process that holds it, so
    that no lease is ever stale. The file names the process and the host of its holder.
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
