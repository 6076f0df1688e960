"""`rethinking claims`, on verdicts made up for it."""

import re
from pathlib import Path

import pytest

from rethinking.cli import main
from rethinking.files import write_json
from rethinking.step.provenance import write_records
from tests.helpers.verdicts import judged

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("Snakefile", "config.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    path = tmp_path / "results/demo/claims.json"
    write_json(path, judged(0.9, 0.91, 0.92))
    write_records([path], {"commit": "abc", "dirty": False})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["claims", *arguments])
    return ended.value.code, capsys.readouterr().out


def test_all_claims_have_a_row(folder, capsys):
    code, out = printed(capsys)
    assert code == 0
    (first,) = [line for line in out.splitlines() if line.strip().startswith("A ")]
    cells = re.split(r"  +", first.strip())
    assert cells == [
        "A", "It is 90 % high.", "supported", "test accuracy, kappa (m)", "91.0 % [88.2, 93.2]",
        "> 50 %", "3", "any",
    ]  # fmt: skip
    (second,) = [line for line in out.splitlines() if line.strip().startswith("B ")]
    assert "not tested   it is for scale full" in second
    assert "1 supported, 0 refuted, 0 undecided, 1 not tested" in out


def test_one_claim_is_printed_group_by_group(folder, capsys):
    code, out = printed(capsys, "A")
    assert code == 0
    assert "A: It is 90 % high. -- supported" in out
    assert "0.12" in out, "the p-value"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["C"], "there is no claim 'C'; known: A, B"),
        (["--scale", "full"], "results/full/claims.json is missing; build the paper at that scale"),
    ],
)
def test_what_is_not_there_is_named(folder, capsys, arguments, said):
    code, _ = printed(capsys, *arguments)
    assert said in code


def test_damaged_verdicts_are_not_printed(folder, capsys):
    path = folder / "results/demo/claims.json"
    path.write_text(path.read_text().replace("supported", "refuted"))
    code, out = printed(capsys)
    assert "damaged" in code
    assert not out


def test_a_broken_config_is_named_with_its_line(folder, capsys):
    path = folder / "config.yaml"
    path.write_text("scale: [\n" + path.read_text())
    code, _ = printed(capsys)
    assert code.startswith("error: config.yaml: cannot be read (")
    assert "line 1" in code
    assert len(code.splitlines()) == 1
