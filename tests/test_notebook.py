"""What the notebooks share."""

import pytest

from rethinking.notebook import NotBuiltError, results_of


def test_the_folder_of_a_scale_is_found(tmp_path):
    (tmp_path / "tiny/tables").mkdir(parents=True)
    (tmp_path / "tiny/tables/runs.csv").touch()
    assert results_of("tiny", "tables/runs.csv", folder=tmp_path) == tmp_path / "tiny"


def test_what_is_missing_is_named_with_the_command_that_builds_it(tmp_path):
    with pytest.raises(NotBuiltError) as raised:
        results_of("tiny", "tables/runs.csv", folder=tmp_path)
    line = str(raised.value)
    assert line.startswith(f"{tmp_path}/tiny/tables/runs.csv is missing")
    assert "rethinking run --config scale=tiny" in line
