"""The list of all files that a scale publishes."""

from pathlib import Path

from rethinking.files import digest, write_json
from rethinking.step.provenance import read_record, record_of

# Entries of a record to publish; ``commit_unknown`` exists only if the commit is unknown.
MADE = ("commit", "dirty", "commit_unknown", "started", "host")


def write_manifest(paper: Path, published: list[Path], manifest: Path) -> None:
    """List every published file with its checksum and the run that made it.

    Args:
        paper: The PDF.
        published: The other files, all below the folder of ``manifest``.
        manifest: The JSON to write.

    Raises:
        InputError: The record of a file is damaged.
    """
    artefacts = []
    for path in [paper, *published]:
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
