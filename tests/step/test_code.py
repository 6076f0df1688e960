"""What counts as a change of code, on a copy of the package."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRINT = """
import json, sys
from pathlib import Path
from rethinking.step.code import code_hashes, library_versions
print(json.dumps({function}(Path(sys.argv[1]), sys.argv[2:])))
"""
TRAIN_MLP = [
    "rethinking.models.mlp",
    "rethinking.data.corrupt",
    "rethinking.data.corruptions.label_noise",
]


@pytest.fixture
def copy(tmp_path):
    for folder in ("src", "workflow"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def hashes(copy, script="train.py", modules=TRAIN_MLP, function="code_hashes"):
    path = copy / "workflow/scripts" / script
    done = subprocess.run(
        [sys.executable, "-c", PRINT.format(function=function), str(path), *modules],
        env={"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_closure_is_what_the_job_can_reach(copy):
    found = hashes(copy)
    for module in ("training.fit", "training.networks", "models.mlp", "data.dataset", "seeds"):
        assert f'"rethinking.{module}"' in found
    for module in ("models.resnet18", "corruptions.random_pixels", "measures", "figures", "config"):
        assert f"rethinking.{module}" not in found
    assert '"train.py"' in found


def test_a_figure_does_not_reach_training(copy):
    found = hashes(copy, "figure.py", ["rethinking.figures.label_noise"])
    assert "rethinking.figures.helpers.style" in found
    assert "rethinking.training" not in found
    assert "rethinking.figures.learning_curves" not in found


@pytest.mark.parametrize(
    ("script", "modules", "libraries"),
    [
        ("train.py", TRAIN_MLP, {"numpy", "torch"}),
        ("train.py", ["rethinking.models.resnet18"], {"numpy", "torch", "torchvision"}),
        ("dataset.py", ["rethinking.data.sources.digits"], {"numpy", "scikit-learn"}),
        ("metrics.py", [], {"numpy", "pandas", "scipy"}),
        ("figure.py", ["rethinking.figures.label_noise"], {"matplotlib", "numpy", "pandas"}),
        ("pdf.py", [], set()),
    ],
)
def test_versions_are_those_of_the_libraries_that_the_job_can_reach(
    copy, script, modules, libraries
):
    found = json.loads(hashes(copy, script, modules, "library_versions"))
    assert found == {name: version(name) for name in libraries}


FIT = "src/rethinking/training/fit.py"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FIT, "# Under running statistics", "# Given running statistics"),
        (FIT, '"""Train networks until they interpolate', '"""Fit networks until they interpolate'),
        (FIT, "members.train(True)\n", "members.train(\n            True\n        )\n\n\n"),
        ("workflow/scripts/train.py", '"""Train a block', '"""Fit a block'),
        ("src/rethinking/models/resnet18.py", "(64, 128, 256, 512)", "(64, 128, 256, 511)"),
        ("src/rethinking/study/entries.py", "n=1)", "n=2)"),
        ("src/rethinking/step/job.py", 'filemode="w"', 'filemode="a"'),
    ],
    ids=["comment", "docstring", "layout", "script's docstring", "other network", "config", "job"],
)
def test_what_changes_no_behaviour_of_the_job_changes_no_hash(copy, path, old, new):
    before = hashes(copy)
    edit(copy / path, old, new)
    assert hashes(copy) == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FIT, "losses / seen", "losses * seen"),
        ("src/rethinking/models/mlp.py", "nn.ReLU()", "nn.Tanh()"),
        ("src/rethinking/data/corruptions/label_noise.py", "< level", "<= level"),
        ("src/rethinking/data/corrupt.py", "{condition.corruption}", "{condition.corruption}x"),
        ("src/rethinking/seeds.py", "[seed, *", "[1 + seed, *"),
        ("workflow/scripts/train.py", "spec=snakemake.params.spec", "spec={}"),
    ],
    ids=["loop", "network", "corruption", "corrupt", "helper", "script"],
)
def test_a_changed_line_that_the_job_can_reach_changes_the_hash(copy, path, old, new):
    before = hashes(copy)
    edit(copy / path, old, new)
    assert hashes(copy) != before
