"""Files are written in one piece."""

import pytest

from rethinking.files import read_json, replacing, write_json, write_text


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail():
        with replacing(path) as temporary:
            temporary.write_text("half of the n")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_json_reads_back_and_refuses_nan(tmp_path):
    write_json(tmp_path / "new" / "a.json", {"×": [1, 0.1, None]})
    assert read_json(tmp_path / "new" / "a.json") == {"×": [1, 0.1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "b.json", float("nan"))
