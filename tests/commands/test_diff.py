"""`rethinking diff`, on tables made up for it."""

import re

import pandas as pd
import pytest

from rethinking.cli import main
from rethinking.files import write_json
from tests.helpers.verdicts import judged

KEYS = {"dataset": "digits", "condition": "true_labels", "model": "m", "recipe": "r"}


def results(folder, means, claims=None, picture=b"\x89PNG", unit="number"):
    rows = [
        KEYS | {"metric": metric, "unit": unit, "n": 3, "excluded": 0, "mean": mean}
        | {"low": mean - 0.1, "high": mean + 0.1}
        for metric, mean in means.items()
    ]  # fmt: skip
    (folder / "tables/corruption").mkdir(parents=True)
    table = pd.DataFrame(rows).dropna(axis="columns")  # without units, if there is none
    table.to_csv(folder / "tables/corruption/summary.csv", index=False)
    write_json(folder / "claims.json", claims or judged(0.9, 0.91, 0.92))
    (folder / "figures").mkdir()
    (folder / "figures/f.png").write_bytes(picture)
    return folder


def compared(capsys, a, b, output):
    with pytest.raises(SystemExit) as ended:
        main(["diff", str(a), str(b), "--output", str(output)])
    return ended.value.code, capsys.readouterr().out


def test_results_are_the_same_as_themselves(tmp_path, capsys):
    a = results(tmp_path / "a", {"x": 1.0, "y": 2.0})
    code, out = compared(capsys, a, a, tmp_path / "diff.html")
    assert code == 0
    assert "verdicts: 2 the same, 0 not" in out
    assert "numbers: 2 the same" in out
    assert "figures: 1 the same" in out


def test_what_differs_is_counted_by_how_and_shown_side_by_side(tmp_path, capsys):
    a = results(tmp_path / "a", {"w": 1.0, "x": 1.0, "y": 2.0, "only_a": 1.0})
    other = judged(0.1, 0.11, 0.12)
    b = results(tmp_path / "b", {"w": 1.0, "x": 1.05, "y": 3.0, "only_b": 5.0}, other, b"\x89P")
    code, out = compared(capsys, a, b, tmp_path / "diff.html")
    assert code == 1
    assert "A: supported → refuted" in out
    assert "numbers: 1 the same, 1 alike, 1 differs, 1 only in A, 1 only in B" in out
    assert "figures: 1 differs" in out
    text = (tmp_path / "diff.html").read_text()
    assert text.count("data:image/png;base64,") == 2
    cells = re.findall(r"<td>(.*?)</td>", text[text.index("Numbers that differ</h2>") :])
    of = "digits, true_labels, m, r"
    assert [cells[start : start + 6] for start in (0, 6, 12)] == [
        ["corruption", of, "y", "2", "3", "differs"],
        ["corruption", of, "only_a", "1", "", "only in A"],
        ["corruption", of, "only_b", "", "5", "only in B"],
    ]


def test_a_table_or_a_figure_of_one_only_is_named(tmp_path, capsys):
    a, b = results(tmp_path / "a", {"x": 1.0}), results(tmp_path / "b", {"x": 1.0})
    (b / "tables/corruption").rename(b / "tables/more")
    (b / "figures/f.png").rename(b / "figures/g.png")
    (b / "claims.json").unlink()
    code, out = compared(capsys, a, b, tmp_path / "diff.html")
    assert code == 1
    assert "numbers: 1 only in A, 1 only in B" in out
    assert "figures: 1 only in A, 1 only in B" in out
    assert "A: supported → not there" in out


@pytest.mark.parametrize("units", [(None, "share"), ("share", None), (None, None)])
def test_results_of_before_tables_had_units_are_compared_too(units, tmp_path, capsys):
    a, b = (
        results(tmp_path / name, {"x": mean, "y": 2.0}, unit=unit)
        for name, mean, unit in zip("ab", (1.0, 3.0), units, strict=True)
    )
    code, out = compared(capsys, a, b, tmp_path / "diff.html")
    assert code == 1
    assert "numbers: 1 the same, 1 differs" in out


def test_a_folder_without_results_is_one_line(tmp_path, capsys):
    a = results(tmp_path / "a", {"x": 1.0})
    code, _ = compared(capsys, a, tmp_path / "b", tmp_path / "diff.html")
    assert code == f"error: {tmp_path}/b: has no tables/*/summary.csv; give folders as results/demo"
