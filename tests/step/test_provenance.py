"""The record beside each result, and damage to either."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rethinking.step.provenance import (
    DamagedError,
    check,
    commit_of,
    discard,
    read_record,
    record_of,
    write_records,
)


@pytest.fixture
def result(tmp_path):
    paths = [tmp_path / name for name in ("run.safetensors", "run.csv", "other.json")]
    for path in paths:
        path.write_bytes(bytes(range(256)) * 3)
    write_records(paths, {"rule": "train", "spec": {"a": [1, 0.1, None]}})
    return paths[0]


def test_files_that_differ_in_their_suffix_share_a_record(result, tmp_path):
    record = read_record(record_of(result))
    assert set(record["sha256"]) == {"run.safetensors", "run.csv"}
    assert record["rule"] == "train"
    assert set(read_record(tmp_path / "other.provenance.json")["sha256"]) == {"other.json"}
    for name in ("run.safetensors", "run.csv", "other.json"):
        check(tmp_path / name)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(place=st.integers(0, 999), bit=st.integers(0, 7), cut=st.booleans())
def test_no_damage_to_a_result_is_accepted(result, place, bit, cut):
    whole = result.read_bytes()
    place = place * len(whole) // 1000
    flipped = bytes([whole[place] ^ (1 << bit)])
    result.write_bytes(whole[:place] if cut else whole[:place] + flipped + whole[place + 1 :])
    try:
        with pytest.raises(DamagedError, match=r"run\.safetensors: damaged"):
            check(result)
    finally:
        result.write_bytes(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(place=st.integers(0, 999), bit=st.integers(0, 7), cut=st.booleans())
def test_damage_to_a_record_changes_nothing_that_it_says(result, place, bit, cut):
    path = record_of(result)
    whole, said = path.read_bytes(), read_record(path)
    place = place * len(whole) // 1000
    flipped = bytes([whole[place] ^ (1 << bit)])
    path.write_bytes(whole[:place] if cut else whole[:place] + flipped + whole[place + 1 :])
    # A space that became another, or a last line break that went, says the same.
    with contextlib.suppress(DamagedError):
        assert read_record(path) == said
    path.write_bytes(whole)


def test_what_is_missing_or_not_recorded_is_damaged(result, tmp_path):
    (tmp_path / "run.pdf").write_text("of another job")
    with pytest.raises(DamagedError, match=r"run\.pdf: damaged \(not in "):
        check(tmp_path / "run.pdf")
    result.unlink()
    with pytest.raises(DamagedError, match=r"run\.safetensors: damaged \(No such file"):
        check(result)
    record_of(result).unlink()
    with pytest.raises(DamagedError, match=r"run\.safetensors: damaged .*no readable record"):
        check(result)


def test_a_discarded_link_takes_what_it_points_to_with_it(tmp_path, result):
    cached = tmp_path / "cache" / "x.safetensors"
    cached.parent.mkdir()
    result.rename(cached)
    result.symlink_to(cached)
    discard(result)
    assert not cached.exists()
    assert not result.is_symlink()
    assert not record_of(result).exists()


@pytest.mark.parametrize(
    ("commit", "dirty", "said"),
    [("abc", False, "abc"), ("abc", True, "abc+"), (None, None, "unknown")],
)
def test_a_commit_has_a_plus_where_it_lacks_code(commit, dirty, said):
    assert commit_of({"commit": commit, "dirty": dirty}) == said
