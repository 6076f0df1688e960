"""A mistake in a plug-in of the user ends with one line before anything runs."""

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
    check_config(config, Path("workflow/schemas"))
except InputError as error:
    print(error)
"""
SMOKE = ["scales", "smoke"]
DRAWN = ["figures", "drawn"]
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
    """The message about a config with a value at some keys, beside a plug-in of the user."""
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
            [*DRAWN, "mine"],
            {"experiment": "corruption", "table": "summary", "caption": "M."},
            "figures/mine.py: draw takes (table, style); it is given (table, style, labels)",
        ),
        (
            "src/rethinking/data/sources/unused.py",
            "def load(:\n",
            ["scale"],
            "smoke",
            "unused.py, line 1: has a syntax error; fix it, or remove the file",
        ),
        (
            "src/rethinking/measures/mine.py",
            "def measure(subject, *, quantile):\n    return []\n",
            [*SMOKE, "measures", "mine"],
            {"quantile": 0.5, "mode": "fast"},
            "",
        ),
        (
            "src/rethinking/measures/mine.py",
            "def measure(subject, *, quantile: Probability):\n    return []\n",
            [*SMOKE, "measures", "mine"],
            {"quantile": 1.5},
            "measures.mine.quantile: 1.5 is greater than or equal to the maximum of 1",
        ),
        (
            "src/rethinking/models/mine.py",
            "def build(shape, classes, *, pools: Literal[2, 3] | Sequence[Count]):\n    pass\n",
            ["models", "mlp3x512"],
            {"label": "M", "module": "mine", "pools": [0]},
            "models.mlp3x512.pools.0: 0 is less than the minimum of 1",
        ),
        (
            "src/rethinking/paper/tables/mine.py",
            "def tabulate(tables):\n    return ''\n",
            ["tables", "mine"],
            {"layout": "mine", "experiments": ["corruption"], "table": "summary"},
            "tables/mine.py: tabulate takes (tables); it is given (tables, about)",
        ),
        (
            "src/rethinking/paper/tables/mine.py",
            "REGULARIZED = True\n\ndef tabulate(tables, about):\n    return ''\n",
            ["tables", "mine"],
            {"layout": "mine", "experiments": ["corruption"], "table": "summary"},
            "smoke.experiments.corruption: tables.mine compares regularizers; add 'regularizers'",
        ),
    ],
)
def test_a_mistake_in_a_plugin_of_the_user_is_one_line(copy, path, text, keys, value, line):
    output = said(copy, path, text, keys, value)
    assert line in output
    assert "\n" not in output
    assert bool(line) == bool(output)


OWN_TYPES = """
class Mine: ...

def draw(
    table, style, labels, *,
    plain, quoted: "Mine", own: Mine, builtin: list[int], pair: tuple[int, str], member: mine.Mine,
    one: Literal["a"], enumerated: Literal[Mine.A, Mine.B], either: int | Mine, several: int | str,
    inside: Mapping[str, Mine], metric: Mine = None,
):
    return None
"""
VALUES = {
    "plain": 1, "quoted": [1], "own": "x", "builtin": "x", "pair": 1, "member": {}, "one": "a",
    "enumerated": "x", "either": "x", "several": "x", "inside": {"x": 1}, "metric": 2.5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("plain", 1, ""),
        ("one", "b", "figures.drawn.mine.one: 'b' is not one of ['a']"),
        ("several", [1], "figures.drawn.mine.several: [1] is not of type 'integer'"),
        ("inside", 1, "figures.drawn.mine.inside: 1 is not of type 'object'"),
        ("insid", 1, "figures.drawn.mine.insid: unknown option of mine; did you mean 'inside'?"),
    ],
)
def test_an_option_of_a_type_of_the_plugin_may_be_anything(copy, name, value, line):
    figure = {"experiment": "corruption", "table": "summary", "caption": "M."}
    given = figure | VALUES | {name: value}
    output = said(copy, "src/rethinking/figures/mine.py", OWN_TYPES, [*DRAWN, "mine"], given)
    assert line in output
    assert bool(line) == bool(output)


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
        "import json; from rethinking.step.code import library_versions; "
        "print(json.dumps(library_versions(['rethinking.figures.label_noise'])))"
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
