"""The list of all that a scale publishes."""

from collections.abc import Iterable
from pathlib import Path

from rethinking.files import digest, write_json
from rethinking.step.provenance import read_record, record_of

# What the list says of how a file was made. The reason stands only where the commit is unknown.
MADE = ("commit", "dirty", "commit_unknown", "started", "host")


def write_manifest(published: Iterable[Path], manifest: Path) -> None:
    """Write down every published file, its checksum, and the run that made it.

    Args:
        published: The files, all below the folder of ``manifest``.
        manifest: The JSON to write.

    Raises:
        InputError: A file's record is damaged.
    """
    artefacts = []
    for path in published:
        record = read_record(record_of(path))
        artefacts.append(
            {
                "path": str(path.relative_to(manifest.parent)),
                "sha256": record["sha256"][path.name],
                "rule": record["rule"],
                "spec": digest(record["spec"])[:16],
                **{key: record[key] for key in MADE if key in record},
            }
        )
    write_json(manifest, {"artefacts": artefacts})
