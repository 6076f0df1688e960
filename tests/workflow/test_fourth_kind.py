"""A fourth kind of experiment: one folder of source, one rule file, one schema, one config entry.

Nothing that is there is edited. ``fourth_kind/`` has its files, at their places in the project:
classifiers by the nearest class mean, whose accuracy is measured under label noise by seed.
"""

import json
import shutil
from pathlib import Path

import yaml

from rethinking.tables import read_table
from tests.helpers.project import RESULTS, SRC, edit, planned, rethinking

FILES = Path(__file__).parent / "fourth_kind"
NAME, KIND = "nearest_mean", "class_means"
CONFIG = ("--configfile", "fourth_kind.yaml")


def test_a_fourth_kind_of_experiment_edits_no_file_and_is_in_tables_numbers_and_paper(copy):
    added = [path.relative_to(FILES) for path in FILES.rglob("*") if path.is_file()]
    assert not any((copy / path).exists() for path in added)
    folders = {f"{SRC}/{KIND}", "workflow/rules", "workflow/schemas", "."}
    assert {str(path.parent) for path in added} == folders
    shutil.copytree(FILES, copy, dirs_exist_ok=True)

    code, output = rethinking(copy, "run", "--cores", "2", *CONFIG)
    assert code == 0, output
    done = output.partition("Job stats")[2].partition("total")[0].split()
    assert {f"measure_{KIND}", f"{KIND}_tables", "claims", "values", "latex"} <= {*done}
    assert not {"corrupted", "train", "measure", "metrics", "figure"} & {*done}

    summary = read_table(copy / RESULTS / f"tables/{NAME}/summary.csv").set_index("condition")
    assert (summary["n"] == 2).all()
    means = summary["mean"]
    assert 1 > means["true_labels"] > means["label_noise-0.50"] > means["label_noise-1.00"] > 0
    assert means["true_labels"] > 0.8
    values = json.loads((copy / RESULTS / "values.json").read_text())
    number = values[f"{NAME}/label_noise-0.50/test_accuracy"]
    assert number["value"] == means["label_noise-0.50"]
    assert number["low"] < number["value"] < number["high"]
    assert number["source"] == f"tables/{NAME}/summary.csv"
    assert number["runs"] == [f"{KIND}/{NAME}"]
    assert len(number["commits"]) == 1
    assert values[f"{NAME}/seeds"]["value"] == 2

    manifest = json.loads((copy / RESULTS / "manifest.json").read_text())
    published = {entry["path"] for entry in manifest["artefacts"]}
    assert {f"tables/{NAME}/runs.csv", f"tables/{NAME}/summary.csv"} <= published

    # Only what follows from its code depends on its code.
    edit(copy / SRC / KIND / "measure.py", "np.square(", "np.abs(")
    changes = yaml.safe_load((copy / "fourth_kind.yaml").read_text())
    follow = ("claims", "values", "latex", "pdf", "pages", "manifest")
    stale = (f"measure_{KIND}", f"{KIND}_tables", *follow)
    assert planned(copy, changes=changes) == dict.fromkeys(stale, 1)
