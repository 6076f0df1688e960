"""The record beside each result: what made it, how, and what its bytes were.

Results that differ in their suffix alone share a record: ``run.safetensors``, ``run.csv`` and
``run.json`` have ``run.provenance.json``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rethinking.errors import InputError
from rethinking.files import digest, read_json, sha256, write_json

SUFFIX = ".provenance.json"
SEAL = "sha256_of_this_record"


class DamagedError(InputError):
    """A result is not what its maker wrote."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: damaged ({why})")
        self.path = path


def record_of(result: Path) -> Path:
    """Where the record of a result lies."""
    return result.with_suffix(SUFFIX)


def write_records(results: Iterable[Path], about: Mapping[str, Any]) -> None:
    """Write the records of the results of a job.

    Args:
        results: All files that the job made.
        about: What is to be said of the job.
    """
    records: dict[Path, dict[str, str]] = {}
    for result in results:
        records.setdefault(record_of(result), {})[result.name] = sha256(result)
    for path, sums in records.items():
        content = {"sha256": sums, **about}
        write_json(path, content | {SEAL: digest(content)})


def read_record(path: Path) -> dict[str, Any]:
    """Read a record.

    Raises:
        DamagedError: It is missing or is not what was written.
    """
    try:
        content: dict[str, Any] = read_json(path)
        seal = content.pop(SEAL)
        sound = seal == digest(content)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedError(path, f"no readable record: {type(error).__name__}") from error
    if not sound:
        raise DamagedError(path, "its own checksum differs")
    return content


def commit_of(record: Mapping[str, Any]) -> str:
    """The commit at which a result was made, with a plus if the code was not all in it.

    ``unknown`` where git did not know it.
    """
    return (record["commit"] or "unknown") + ("+" if record["dirty"] else "")


def check(result: Path) -> None:
    """Compare a result with the SHA-256 that its maker wrote down.

    Raises:
        DamagedError: They differ, or one of the two is missing. It is always the result that is
            called damaged, which is then no better than its record.
    """
    try:
        known = read_record(record_of(result))["sha256"].get(result.name)
    except DamagedError as error:
        raise DamagedError(result, str(error)) from error
    if known is None:
        raise DamagedError(result, f"not in {record_of(result)}")
    try:
        found = sha256(result)
    except OSError as error:
        raise DamagedError(result, str(error.strerror)) from error
    if found != known:
        raise DamagedError(result, "its SHA-256 is not the one that its maker wrote down")


def discard(result: Path) -> None:
    """Remove a damaged result and its record, so that both are made again.

    A link is removed with what it points to: a damaged file in a cache would come back.
    """
    for path in (result, record_of(result)):
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
