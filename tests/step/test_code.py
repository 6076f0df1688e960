"""What counts as a change of code, on a copy of the package."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from rethinking.step import code

ROOT = Path(__file__).parents[2]
PRINT = """
import json, sys
from rethinking.step.code import code_hashes, library_versions
print(json.dumps({function}(sys.argv[1:])))
"""
# The function that a job calls, and what it loads by name.
TRAIN_MLP = [
    "rethinking.networks.train",
    "rethinking.models.mlp",
    "rethinking.data.corrupt",
    "rethinking.data.corruptions.label_noise",
]
FIGURE = ["rethinking.figures.helpers.figure", "rethinking.figures.label_noise"]


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src", tmp_path / "src")
    return tmp_path


@pytest.fixture(scope="module")
def unedited():
    """The hashes of a training, with the code as it is."""
    return hashes(ROOT)


def hashes(root, modules=TRAIN_MLP, function="code_hashes"):
    # In a process of its own, because code is read once.
    done = subprocess.run(
        [sys.executable, "-c", PRINT.format(function=function), *modules],
        env={"PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_closure_is_what_the_job_can_reach(unedited):
    own = ("networks.train", "training.fit", "training.steps", "training.networks", "models.mlp")
    others = ("data.dataset", "data.corruptions.label_noise", "step.resume", "seeds", "files")
    for module in (*own, *others):
        assert f"rethinking.{module}" in unedited
    unreached = (
        "rethinking.models.resnet18",
        "rethinking.data.corruptions.random_pixels",
        "rethinking.figures",
        "rethinking.study",
        "rethinking.paper",
        "rethinking.cli",
    )
    assert not [name for name in unedited if name.startswith(unreached)]


def test_what_goes_on_around_a_job_is_no_part_of_it(unedited):
    assert not {"rethinking.step.call", "rethinking.step.job", "rethinking.step.code"} & set(
        unedited
    )
    assert all(name.startswith("rethinking.") for name in unedited), "no scripts, no libraries"


def test_hashes_are_sorted_and_do_not_depend_on_the_order_of_modules(unedited):
    assert list(unedited) == sorted(unedited)
    again = hashes(ROOT, TRAIN_MLP[::-1])
    assert list(again.items()) == list(unedited.items())
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in again.values())


def test_a_figure_does_not_reach_training():
    found = hashes(ROOT, FIGURE)
    assert "rethinking.figures.helpers.style" in found
    assert not [name for name in found if name.startswith("rethinking.training")]
    assert "rethinking.figures.learning_curves" not in found


@pytest.mark.parametrize(
    ("modules", "libraries"),
    [
        (TRAIN_MLP, {"numpy", "torch"}),
        ([*TRAIN_MLP, "rethinking.models.resnet18"], {"numpy", "torch", "torchvision"}),
        (["rethinking.data.read", "rethinking.data.sources.digits"], {"numpy", "scikit-learn"}),
        (["rethinking.networks.tables"], {"numpy", "pandas", "scipy"}),
        (FIGURE, {"matplotlib", "numpy", "pandas"}),
        (["rethinking.paper.build"], set()),
    ],
    ids=["mlp", "resnet18", "digits", "tables", "figure", "pdf"],
)
def test_versions_are_those_of_the_libraries_that_the_job_can_reach(modules, libraries):
    found = hashes(ROOT, modules, "library_versions")
    assert found == {name: version(name) for name in libraries}


SRC = Path("src/rethinking")
FIT = SRC / "training/fit.py"


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FIT, "\n    # ", "\n    # In other words: "),
        (FIT, '"""', '"""In other words: '),
        (FIT, '\n    """', '\n    """In other words: '),
        (FIT, "run.members.train(True)\n", "run.members.train(\n            True\n        )\n\n\n"),
        (SRC / "models/resnet18.py", "(64, 128, 256, 512)", "(64, 128, 256, 511)"),
        (SRC / "study/entries.py", "\n\n\ndef ", "\n\n\nMORE = 1\n\n\ndef "),
        (SRC / "step/job.py", 'filemode="w"', 'filemode="a"'),
        (SRC / "step/call.py", "\n\n\ndef ", "\n\n\nMORE = 1\n\n\ndef "),
    ],
    ids=[
        "comment",
        "docstring of a module",
        "docstring of a function",
        "layout",
        "other network",
        "config",
        "job",
        "call",
    ],
)
def test_what_changes_no_behaviour_of_the_job_changes_no_hash(copy, unedited, path, old, new):
    edit(copy / path, old, new)
    assert hashes(copy) == unedited


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (FIT, "losses / seen", "losses * seen"),
        (SRC / "networks/train.py", "recipe.crop, seed", "recipe.crop, seed + 1"),
        (SRC / "models/mlp.py", "nn.ReLU()", "nn.Tanh()"),
        (SRC / "data/corruptions/label_noise.py", "< level", "<= level"),
        (
            SRC / "data/corrupt.py",
            "(seed, condition.corruption)",
            "(seed + 1, condition.corruption)",
        ),
        (SRC / "seeds.py", "[seed, *", "[1 + seed, *"),
        (SRC / "networks/specs.py", "condition: str", "condition: str | None"),
    ],
    ids=["loop", "step", "network", "corruption", "corrupt", "helper", "spec"],
)
def test_a_changed_line_that_the_job_can_reach_changes_the_hash_of_its_module_alone(
    copy, unedited, path, old, new
):
    edit(copy / path, old, new)
    found = hashes(copy)
    changed = {name for name in found if found[name] != unedited.get(name)}
    assert changed == {".".join(path.relative_to("src").with_suffix("").parts)}


def test_a_new_import_is_followed(copy, unedited):
    # In a function as well, where it is as much of a dependency.
    edit(copy / SRC / "seeds.py", '\n    """', '\n    from rethinking.models import vgg11\n    """')
    found = hashes(copy)
    assert set(found) - set(unedited) == {"rethinking.models.vgg11"}
    assert "torchvision" in hashes(copy, function="library_versions")


def test_a_library_that_is_not_installed_is_named(copy):
    edit(copy / SRC / "seeds.py", "import numpy as np", "import numpy as np\nimport no_such_one")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        hashes(copy, function="library_versions")
    assert "no_such_one is imported and not installed; install it" in caught.value.stderr


def test_a_syntax_error_is_named_with_its_line(copy):
    edit(copy / SRC / "seeds.py", "import numpy as np", "import numpy as np\nimport")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        hashes(copy)
    assert "seeds.py, line 4: has a syntax error; fix it" in caught.value.stderr


def test_plugins_are_the_modules_directly_in_a_package_that_define_their_function():
    architectures = ("alexnet", "inception", "mlp", "resnet18", "vgg11")
    assert code.plugins_of("rethinking.models", "build") == architectures
    assert "metric" not in code.plugins_of("rethinking.measures", "measure")


def test_signatures_and_constants_are_known_without_an_import(tmp_path, monkeypatch):
    path = tmp_path / "rethinking/made_up.py"
    path.parent.mkdir()
    path.write_text(
        "raise ValueError('imported')\n"
        "SIZES = {'a': [1, 2]}\n"
        "def build(shape, classes, *, hidden, dropout=0.0): ...\n"
        "def free(*names, level=1): ...\n"
    )
    monkeypatch.setattr("rethinking.step.hashes.SOURCE", tmp_path)
    module = "rethinking.made_up"
    assert code.arguments_of(module, "build") == ["shape", "classes"]
    assert code.options_of(module, "build") == ({"hidden", "dropout"}, {"hidden"})
    assert code.arguments_of(module, "free") is None
    assert code.constant_of(module, "SIZES") == {"a": [1, 2]}
    assert code.constant_of(module, "WIDTHS") is None
    assert code.function_of(module, "load") is None
    with pytest.raises(LookupError, match=r"rethinking\.made_up has no function load"):
        code.arguments_of(module, "load")
