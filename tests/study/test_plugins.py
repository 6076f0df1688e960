"""What goes wrong in a file of one's own is one line, before anything runs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECK = """
import json, sys, yaml
from pathlib import Path
from rethinking.study.check import check_config
from rethinking.errors import InputError

config = yaml.safe_load(Path("config.yaml").read_text())
keys, value = json.loads(sys.argv[1])
place = config
for key in keys[:-1]:
    place = place[key]
place[keys[-1]] = value
try:
    check_config(config, Path("workflow/schemas/config.schema.yaml"))
except InputError as error:
    print(error)
"""
SMOKE = ["scales", "smoke"]
CORRUPTION = [*SMOKE, "experiments", "corruption", "conditions", "mlp3x512"]
MEASURES = [*SMOKE, "experiments", "corruption", "measures"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    for name in ("src", "workflow"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "config.yaml", folder)
    return folder


def said(copy, path, text, keys, value):
    """What is said of a config that has a value at some keys, beside a file of one's own."""
    (copy / path).write_text(text)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHECK, json.dumps([keys, value])],
            cwd=copy,
            env={"PYTHONPATH": str(copy / "src")},
            capture_output=True,
            text=True,
        )
    finally:
        (copy / path).unlink()
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize(
    ("path", "text", "keys", "value", "line"),
    [
        (
            "src/rethinking/data/corruptions/mine.py",
            "def corrupt(dataset):\n    return dataset\n",
            CORRUPTION,
            ["true_labels", "mine"],
            "corruptions/mine.py: corrupt takes (dataset); it is given (dataset, random), and "
            "options, which stand behind a *",
        ),
        (
            "src/rethinking/data/corruptions/mine.py",
            "def corrupt(dataset, random, *, sigma):\n    return dataset\n",
            CORRUPTION,
            ["true_labels", "mine"],
            "mine needs 'sigma', and a corruption has no option but level; give it a default",
        ),
        (
            "src/rethinking/models/mine.py",
            "def build(shape, classes, width=8):\n    pass\n",
            ["models", "mlp3x512"],
            {"label": "M", "module": "mine", "width": 9},
            "models/mine.py: build takes (shape, classes, width); it is given (shape, classes)",
        ),
        (
            "src/rethinking/measures/mine.py",
            "measure = lambda subject: []\n",
            MEASURES,
            ["accuracy", "mine"],
            "there is no src/rethinking/measures/mine.py with a function measure",
        ),
        (
            "src/rethinking/figures/mine.py",
            "def draw(table, style):\n    pass\n",
            ["figures", "drawn", "mine"],
            {"experiment": "corruption", "table": "summary", "caption": "M."},
            "figures/mine.py: draw takes (table, style); it is given (table, style, labels)",
        ),
        (
            "src/rethinking/data/sources/unused.py",
            "def load(:\n",
            ["scale"],
            "smoke",
            "unused.py, line 1: is no Python; mend it, or remove the file",
        ),
        (
            "src/rethinking/measures/mine.py",
            "def measure(subject, *, quantile):\n    return []\n",
            [*SMOKE, "measures", "mine"],
            {"quantile": 0.5, "mode": "fast"},
            "",
        ),
    ],
)
def test_a_mistake_in_a_file_of_ones_own_is_one_line(copy, path, text, keys, value, line):
    output = said(copy, path, text, keys, value)
    assert line in output
    assert "\n" not in output
    assert bool(line) == bool(output)


def test_a_network_that_is_not_there_is_not_told_what_its_entry_lacks(copy):
    keys = [*SMOKE, "models", "mlp3x5"]
    output = said(copy, "src/rethinking/unused.py", "", keys, {"seeds": 1})
    assert output == (
        "config: scales.smoke.models.mlp3x5: 'mlp3x5' is not under models; did you mean 'mlp3x512'?"
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("import mpl_toolkits.mplot3d\n", '"matplotlib"'),
        ("import plotly_that_nobody_has\n", "plotly_that_nobody_has is imported and not installed"),
    ],
)
def test_libraries_are_known_by_what_installed_them(copy, lines, expected):
    figure = copy / "src/rethinking/figures/label_noise.py"
    before = figure.read_text()
    figure.write_text(before + lines)
    code = (
        "from pathlib import Path; from rethinking.step.code import library_versions; import json;"
        "print(json.dumps(library_versions(Path('workflow/scripts/figure.py'), "
        "['rethinking.figures.label_noise'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=copy,
        env={"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
    )
    figure.write_text(before)
    assert expected in (done.stdout + done.stderr).splitlines()[-1]
