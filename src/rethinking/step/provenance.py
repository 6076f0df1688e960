"""The record beside each result: its checksum, and the job that made it.

Results that differ only in their suffix share a record: ``run.safetensors``, ``run.csv`` and
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
    """The bytes of a result are not those that its job wrote."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: damaged ({why})")
        self.path = path


def record_of(result: Path) -> Path:
    """The path of the record of a result."""
    return result.with_suffix(SUFFIX)


def write_records(results: Iterable[Path], about: Mapping[str, Any]) -> None:
    """Write the records of all results of a job; ``about`` describes the job."""
    records: dict[Path, dict[str, str]] = {}
    for result in results:
        records.setdefault(record_of(result), {})[result.name] = sha256(result)
    for path, sums in records.items():
        content = {"sha256": sums, **about}
        write_json(path, content | {SEAL: digest(content)})


def read_record(path: Path) -> dict[str, Any]:
    """Read a record; a missing one, or one whose own checksum differs, raises DamagedError."""
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
    """The commit of the code of a result (or ``unknown``), with a plus for uncommitted changes."""
    return (record["commit"] or "unknown") + ("+" if record["dirty"] else "")


def check(result: Path) -> None:
    """Raise DamagedError unless a result has the SHA-256 in its record.

    The error always names the result, which cannot be trusted without its record.
    """
    try:
        expected = read_record(record_of(result))["sha256"].get(result.name)
    except DamagedError as error:
        raise DamagedError(result, str(error)) from error
    if expected is None:
        raise DamagedError(result, f"not in {record_of(result)}")
    try:
        actual = sha256(result)
    except OSError as error:
        raise DamagedError(result, str(error.strerror)) from error
    if actual != expected:
        raise DamagedError(result, "its SHA-256 is not the one that its maker wrote down")


def discard(result: Path) -> None:
    """Remove a damaged result and its record, so that both are made again.

    The target of a link is removed too: a damaged file in a cache would come back.
    """
    for path in (result, record_of(result)):
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
