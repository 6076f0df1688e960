"""What is written to a table is what is read: names as they stand, numbers to the last bit."""

import math
import tomllib

import numpy as np
import pandas as pd
import pytest
from packaging.requirements import Requirement

from rethinking.errors import InputError
from rethinking.files import write_rows
from rethinking.tables import read_table, write_table
from tests.conftest import NAMES


def test_published_tables_are_the_same_bytes_when_they_were_read_and_written(root, tmp_path):
    tables = list(root.glob("results/reference/**/*.csv"))
    assert len(tables) > 20
    for path in tables:
        write_table(read_table(path), tmp_path / "again.csv")
        assert (tmp_path / "again.csv").read_bytes() == path.read_bytes(), path


@pytest.fixture(params=[write_table, "write_rows"])
def written(request, tmp_path):
    """A function that writes a table and reads it again."""

    def write(table):
        if request.param is write_table:
            write_table(table, tmp_path / "t.csv")
        else:
            rows = table.itertuples(index=False)
            write_rows(tmp_path / "t.csv", table.columns, rows)
        return read_table(tmp_path / "t.csv")

    return write


def test_names_are_read_as_they_stand(written):
    read = written(pd.DataFrame({"model": NAMES, "seeds": "0", "note": None, "n": 3}))
    assert list(read["model"]) == NAMES
    assert set(read["seeds"]) == {"0"}
    assert read["note"].isna().all()
    assert set(read["n"]) == {3}


def test_numbers_are_read_to_the_last_bit(written):
    random = np.random.default_rng(0)
    values = random.normal(size=10_000) * 10.0 ** random.integers(-300, 300, size=10_000)
    read = written(pd.DataFrame({"metric": "m", "value": [*values, math.inf, math.nan]}))
    np.testing.assert_array_equal(read["value"], [*values, math.inf, math.nan])


def test_older_pandas_which_changes_last_digits_is_not_allowed(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    (pandas,) = [one for one in map(Requirement, project["dependencies"]) if one.name == "pandas"]
    assert not pandas.specifier.contains("3.0.9")


def test_a_column_without_a_type_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("model,tempo\nm,3\n")
    with pytest.raises(InputError, match=r"t.csv: column 'tempo' has no type; declare it in src/"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize("content", ["", "seed\nfew\n", "seed\n\n,,\n", "value\nn/a\n"])
def test_what_is_no_table_ends_with_a_line(tmp_path, content):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=r"t.csv: is no table of results \(.*\); replace it"):
        read_table(tmp_path / "t.csv")
