"""The manifest lists each published file with its checksum and the run that made it."""

import pytest

from rethinking.files import digest, read_json, sha256
from rethinking.paper.manifest import write_manifest
from rethinking.step.provenance import DamagedError, write_records

ABOUT = {"rule": "figure", "spec": {"seeds": [0]}, "started": "2026-01-01", "host": "h", "gpu": "g"}


@pytest.fixture
def published(tmp_path):
    paths = [tmp_path / name for name in ("paper.pdf", "figures/a.png")]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.name)
    write_records(paths[:1], ABOUT | {"rule": "pdf", "commit": "abc", "dirty": False})
    unknown = {"commit": None, "dirty": None, "commit_unknown": "git: not a git repository"}
    write_records(paths[1:], ABOUT | unknown)
    return paths


def test_each_file_is_listed_with_what_made_it(published, tmp_path):
    paper, figure = published
    write_manifest(paper, [figure], tmp_path / "manifest.json")
    first, second = read_json(tmp_path / "manifest.json")["artefacts"]
    spec = digest(ABOUT["spec"])[:16]
    made = {"spec": spec, "started": "2026-01-01", "host": "h"}
    assert first == made | {
        "path": "paper.pdf", "sha256": sha256(paper), "rule": "pdf", "commit": "abc",
        "dirty": False,
    }  # fmt: skip
    assert second == made | {
        "path": "figures/a.png", "sha256": sha256(figure), "rule": "figure", "commit": None,
        "dirty": None, "commit_unknown": "git: not a git repository",
    }  # fmt: skip


def test_a_damaged_record_is_named(published, tmp_path):
    (tmp_path / "figures/a.provenance.json").write_text("{}")
    with pytest.raises(DamagedError, match=r"figures/a\.provenance\.json: damaged"):
        write_manifest(published[0], published[1:], tmp_path / "manifest.json")
