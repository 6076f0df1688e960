"""Which file is which, and what files that no step makes say."""

import hashlib
import os

import pytest

from rethinking.errors import InputError
from rethinking.step.hashes import check_sources, input_hash, source_hashes


def test_files_that_change_places_change_the_hash():
    inputs = {"dataset": ["d"], "corrupted": ["a", "b"]}
    assert input_hash(inputs) == input_hash({"corrupted": ["a", "b"], "dataset": ["d"]})
    others = [
        {"dataset": ["d"], "corrupted": ["b", "a"]},
        {"dataset": ["a"], "corrupted": ["d", "b"]},
        {"dataset": ["d", "a"], "corrupted": ["b"]},
    ]
    assert len({input_hash(one) for one in (inputs, *others)}) == 4


def test_a_source_is_known_by_its_content_whatever_its_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.tex").write_text("old")
    (tmp_path / "a.tex").write_text("")
    found = source_hashes(["b.tex", "a.tex", "missing.tex"])
    assert list(found.items()) == [
        ("a.tex", hashlib.sha256(b"").hexdigest()),
        ("b.tex", hashlib.sha256(b"old").hexdigest()),
    ]
    os.utime("b.tex", (1, 1))
    check_sources(found)
    (tmp_path / "b.tex").write_text("new")
    os.utime("b.tex", (1, 1))
    said = r"^b\.tex: changed since Snakemake started; run again$"
    with pytest.raises(InputError, match=said):
        check_sources(found)
    (tmp_path / "b.tex").unlink()
    with pytest.raises(InputError, match=said):
        check_sources(found)
