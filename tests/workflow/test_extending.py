"""docs/extending.md, done."""

import json
import re

import pandas as pd
import pytest

from rethinking.tables import read_table
from tests.helpers.project import RESULTS, SMOKE, edit, planned, rethinking

NEW = {"inverted", "small_cnn"}
TARGETS = ("claims.json", "figures/confidence.pdf", "figures/learning_curves.pdf")


@pytest.fixture
def extended(copy):
    """The project with one of each that the page shows."""
    text = (copy / "docs/extending.md").read_text()
    files = re.findall(r"```python\n# (\S+)\n(.*?)```", text, re.DOTALL)
    diffs = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    claims = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert (len(files), len(diffs), len(claims)) == (4, 4, 1)
    for name, content in files:
        assert not (copy / name).exists()
        (copy / name).write_text(content)
    for diff in diffs:
        before, after = (
            "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in signs)
            for signs in (" -", " +")
        )
        assert (copy / "config.yaml").read_text().count(before) == 1
        edit(copy / "config.yaml", before, after)
    with (copy / "paper/claims.yaml").open("a") as file:
        file.write(claims[0])
    return copy


def trained(folder):
    """When each block of networks was written, by its folder."""
    runs = folder / RESULTS / "runs"
    return {str(path.parent.relative_to(runs)): path.stat().st_mtime_ns
            for path in runs.rglob("run.safetensors")}  # fmt: skip


def test_one_of_each_is_added_and_nothing_that_was_there_is_trained_again(built, extended):
    before = trained(extended)
    targets = [f"{RESULTS}/{name}" for name in TARGETS]
    code, output = rethinking(extended, "run", *SMOKE, "--", *targets)
    assert code == 0, output
    # Of the paper, tables and figures are left.
    left = set(planned(extended))
    assert "pdf" in left
    assert not left & {"train", "teachers", "students", "measure", "measure_transfer"}
    after = trained(extended)
    assert {name: after[name] for name in before} == before
    new = set(after) - set(before)
    assert all(NEW & set(name.split("/")) for name in new)
    assert {name.split("/")[1] for name in new} >= {"inverted", "label_noise-1.00"}
    records = (extended / RESULTS).glob("transfers/**/*.provenance.json")
    for record in records:
        assert record.read_bytes() == (built / record.relative_to(extended)).read_bytes()

    def summarised(experiment, condition, model, metric):
        table = read_table(extended / RESULTS / f"tables/{experiment}/summary.csv")
        keys = {"condition": condition, "model": model, "recipe": "constant", "metric": metric}
        (row,) = table.loc[(table[list(keys)] == pd.Series(keys)).all(axis=1)].to_dict("records")
        return row

    assert summarised("corruption", "inverted", "mlp3x512", "train_accuracy")["n"] == 2
    confidence = summarised("corruption", "true_labels", "small_cnn", "confidence")
    assert (confidence["n"], confidence["excluded"]) == (2, 0)
    assert 0.1 < confidence["mean"] < 1
    assert summarised("smoothness", "true_labels", "small_cnn", "path_norm_1")["n"] == 2
    assert (extended / RESULTS / "figures/confidence.pdf").read_bytes()[:5] == b"%PDF-"
    verdicts = json.loads((extended / RESULTS / "claims.json").read_text())["claims"]
    groups = [test["group"]["model"] for test in verdicts["E1"]["criteria"]["loss"]["tests"]]
    assert "small_cnn" in groups
