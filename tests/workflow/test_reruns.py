"""What reruns after a change of the project's own workflow, built at scale smoke.

What must rerun is stated by its roots, the steps that a change reaches by itself: rules, or
patterns of paths below the results. All descendants of the roots in the graph of the steps must
rerun as well, and nothing else.
"""

import contextlib
import os
import re
import shutil
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from unittest import mock

import pytest
import yaml

from rethinking.commands.plan import plan
from rethinking.git import git
from tests.helpers.project import RESULTS, SRC, commit_all, edit, pending, pretend_version, smoke

NETWORKS = {"train", "teachers", "students"}
MEASURES = {"measure", "measure_transfer", "measure_construction"}
TABULATED = {"metrics", "profiles", "curves", "transfer_tables", "construction_tables"}
LABELLED = {"values", "latex", "pages", "figure"}
FIGURE = {"figures/label_noise.pdf"}
MLP = {"runs/*/mlp3x512/*", "measures/*/mlp3x512/*"}
RESNET = {"runs/*/resnet18/*", "measures/*/resnet18/*"}
ONE_CYCLE, CONSTANT = {"runs/*/one_cycle/*"}, {"runs/*/constant/*"}

# File, old text, new text: nothing that a result could depend on.
NEUTRAL_EDITS = [
    (f"{SRC}/training/fit.py", "\n\n\n", "\n\n\n# A comment.\n"),
    (f"{SRC}/models/mlp.py", "nn.ReLU()", "(\n    nn.ReLU()  # as in the paper\n)"),
    (f"{SRC}/step/job.py", 'filemode="w"', 'filemode="a"'),
    (f"{SRC}/step/call.py", "return function(", "print()\n    return function("),
    ("workflow/step.py", "with job", "print()\nwith job"),
    (f"{SRC}/commands/why.py", "print(", "print(*[], "),
    ("workflow/rules/networks.smk", "threads:", "# of torch\n    threads:"),
]
# File, old text, new text, roots: an edit of each kind of code.
EDITS = {
    "a module that is imported": (
        f"{SRC}/training/fit.py",
        "\n\n\n",
        "\n\n\nADDED = 1\n\n\n",
        NETWORKS,
    ),
    "a module that is looked up by name": (
        f"{SRC}/data/corruptions/label_noise.py",
        "< level",
        "<= level",
        {"data/digits/label_noise-*"},
    ),
    "the function that a rule calls": (
        "workflow/rules/networks.smk",
        '"networks.train:train_block"',
        '"networks.train:train_otherwise"',
        {"train"},
    ),
}
# Files that no step makes: old text, new text, roots.
SOURCES = {
    "paper/claims.yaml": ("at_least: 0.99", "at_least: 0.98", {"claims"}),
    "paper/published.csv": ("\n", "\n\n", {"latex"}),
    "paper/references.bib": ("author", " author", {"latex", "pdf"}),
    "paper/sections/limits.tex": ("\\section", "% new\n\\section", {"latex", "pdf"}),
}
# The roots of what depends on a module.
REACHED = {
    "figures/label_noise.py": {*FIGURE, "figures/relative_epochs.pdf"},
    "figures/helpers/style.py": {"figure"},
    "measures/accuracy.py": {"train"},
    "measures/smoothness.py": {"measures/smoothness/*", "measure_transfer"},
    "measures/helpers/interpolants.py": {"measure", "measure_transfer"},
    "networks/measure.py": {"measure"},
    "transfers/agreement.py": {"measure_transfer"},
    "transfers/students.py": {"students"},
    "constructions/min_norm.py": {"constructions/implicit/*"},
    "training/fit.py": NETWORKS,
    "models/mlp.py": {*MLP, "teachers", "students"},
    "models/resnet18.py": RESNET,
    "data/noise.py": {"teachers", "students"},
    "data/corrupt.py": {"corrupted"},
    "data/corruptions/label_noise.py": {"data/digits/label_noise-*"},
    "data/corruptions/synthetic.py": set(),
    "data/sources/digits.py": {"dataset"},
    "seeds.py": {"corrupted", *NETWORKS, *MEASURES},
    "names/units.py": {"measure", "measure_construction", *TABULATED},
    "analysis/intervals.py": TABULATED,
    "analysis/verdicts.py": {"claims"},
    "networks/kind.py": {"claims"},
    "paper/tables/measured.py": {"latex"},
    "paper/macros.py": {"latex"},
    "step/job.py": set(),
    "step/call.py": set(),
    "commands/run.py": set(),
}
LIBRARIES = {"torch": {*NETWORKS, *MEASURES}, "matplotlib": {"figure"}, "pypdf": set()}


def rates(**rates):
    """The part of a model's entry that changes its learning rates, by recipe."""
    return {"recipes": {recipe: {"learning_rate": rate} for recipe, rate in rates.items()}}


# What a config file changes, and the roots of what must rerun.
SETTINGS = {
    "threads": ({"threads": 2}, {*NETWORKS, *MEASURES}),
    # What is not trained has no precision.
    "precision": ({"precision": "bfloat16"}, NETWORKS),
    "compile": ({"compile": True}, NETWORKS),
    "crop": (smoke(models={"resnet18": {"crop": 7}}), RESNET),
    "models: option": ({"models": {"mlp3x512": {"hidden": [512, 512, 256]}}}, MLP),
    "models: label": ({"models": {"resnet18": {"label": "Residual"}}}, LABELLED),
    "recipes": ({"recipes": {"one_cycle": {"weight_decay": 0.01}}}, ONE_CYCLE),
    # Both values are in the old spec and in the new one: a comparison of sets would miss it.
    "two settings swapped": (
        {"recipes": {"constant": {"momentum": 0.0, "weight_decay": 0.9}}},
        CONSTANT,
    ),
    "figures: style": ({"figures": {"style": {"font_size": 9}}}, {"figure"}),
    "figures: caption": ({"figures": {"drawn": {"label_noise": {"caption": "New."}}}}, FIGURE),
    "figures: option": ({"figures": {"drawn": {"label_noise": {"quantity": "error"}}}}, FIGURE),
    "tables": ({"tables": {"regularization": {"without_interval": []}}}, {"latex"}),
    "scale: banner": (smoke(banner="New."), {"latex"}),
    "scale: data": (smoke(datasets={"digits": {"train_images": 150}}), {"dataset"}),
    "scale: label of data": (smoke(datasets={"digits": {"label": "new"}}), LABELLED),
    "scale: learning rate": (
        smoke(models={"mlp3x512": rates(one_cycle=0.04)}),
        {"runs/*/mlp3x512/one_cycle/*"},
    ),
    "scale: two settings swapped": (
        smoke(models={"mlp3x512": rates(constant=0.02), "resnet18": rates(constant=0.01)}),
        CONSTANT,
    ),
    # Seeds 2 to 4 come in two blocks of data and of networks, which are always complete.
    "scale: more seeds": (
        smoke(models={"resnet18": {"seeds": 5}}),
        {"data/digits/*/block-[12].*", "measures/*/resnet18/*", "measures/*/references/*"},
    ),
    "scale: fewer seeds": (
        smoke(models={"resnet18": {"seeds": 1}}),
        {
            "measures/*/resnet18/*",
            *(f"tables/{name}/runs.csv" for name in ("randomization", "corruption")),
            *(f"tables/{name}/curves.csv" for name in ("randomization", "corruption")),
        },
    ),
    "experiment: a condition less": (
        smoke(experiments={"corruption": {"conditions": {"mlp3x512": ["true_labels"]}}}),
        {"tables/corruption/*"},
    ),
    "scale: strength of a regulariser": (
        smoke(regularizers={"weight_decay": 0.01}),
        {"runs/*-weight_decay/*"},
    ),
    "construction: depths": (
        smoke(constructions={"expressivity": {"depths": [1]}}),
        {"constructions/expressivity/*"},
    ),
    "transfer: images of students": (
        smoke(
            transfers={
                "two_stage": {
                    "teachers": {
                        "mlp256x128x64": {"uniform_noise": {"students": {"uniform_noise": [30]}}}
                    }
                }
            }
        ),
        {"transfers/two_stage/*/uniform_noise-*/students-uniform_noise.*"},
    ),
    "transfer: thresholds": (
        smoke(transfers={"two_stage": {"thresholds": [0.3]}}),
        {"tables/two_stage/*"},
    ),
    "another scale": ({"scales": {"demo": {"banner": "New."}}}, set()),
    "nothing": ({}, set()),
}


def steps_of(folder, changes=None):
    """The plan of a copy whose code is that of the tests, without a process of its own.

    Args:
        folder: The copy.
        changes: What a config file changes.
    """
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ),
        tempfile.NamedTemporaryFile("w", suffix=".yaml") as file,
    ):
        yaml.safe_dump({"scale": "smoke"} | (changes or {}), file)
        file.flush()
        steps = plan(["--configfile", file.name]).steps
    assert not any(step.forgotten for step in steps)
    return steps


def is_root(step, roots):
    """Whether a step is of one of some rules, or makes a file whose path fits a pattern."""
    paths = [str(path.relative_to(RESULTS)) for path in step.outputs]
    return step.rule in roots or any(fnmatch(path, root) for path in paths for root in roots)


def outputs(steps, chosen):
    """The files that the chosen ones of some steps make."""
    return {str(path) for step, one in zip(steps, chosen, strict=True) if one
            for path in step.outputs}  # fmt: skip


def with_descendants(steps, roots):
    """The files of some steps, and of all steps that follow from them."""
    chosen = []
    for step, root in zip(steps, roots, strict=True):  # in the order of the work
        chosen.append(root or any(chosen[place] for place in step.reads))
    return outputs(steps, chosen)


def expected(steps, roots):
    """The files that must be made again, by the roots, each of which must match a step."""
    for root in roots:
        assert any(is_root(step, {root}) for step in steps), root
    return with_descendants(steps, [is_root(step, roots) for step in steps])


@pytest.fixture(scope="module")
def steps(built):
    """All steps of the project as it was built."""
    return steps_of(built)


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_reruns_what_it_can_reach_and_nothing_else(steps, copy, edited):
    name, old, new, roots = EDITS[edited]
    edit(copy / name, old, new)
    assert pending(copy) == expected(steps, roots)


def test_steps_depend_on_the_modules_and_libraries_that_they_can_reach_and_on_no_others(steps):
    def reruns(kind, key):
        return with_descendants(steps, [key in step.spec[kind] for step in steps])

    found = {name: reruns("code", f"rethinking.{name[:-3].replace('/', '.')}") for name in REACHED}
    found |= {name: reruns("versions", name) for name in LIBRARIES}
    all_roots = REACHED | LIBRARIES
    wrong = {name for name, roots in all_roots.items() if found[name] != expected(steps, roots)}
    assert wrong == set()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_put_back_with_an_older_time_reruns_what_reads_it(copy, name):
    old, new, roots = SOURCES[name]
    edit(copy / name, old, new)
    os.utime(copy / name, (1, 1))
    steps = steps_of(copy)
    stale = [step for step in steps if step.stale]
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)
    assert stale[0].causes == [f"{name} changed"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_reruns_what_depends_on_it_and_nothing_else(built, setting):
    changes, roots = SETTINGS[setting]
    steps = steps_of(built, changes)
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)


def test_more_seeds_in_the_same_blocks_remake_no_data_and_train_nothing(built):
    def specs(seeds):
        blocks = {"block_size": 5, "seeds": seeds}
        changes = smoke(
            datasets={"digits": {"block_size": 5}},
            models=dict.fromkeys(("mlp3x512", "resnet18", "mlp256x128x64"), blocks),
            constructions=dict.fromkeys(("expressivity", "implicit"), blocks),
        )
        steps = steps_of(built, changes)
        return {path: (step.rule, step.spec) for step in steps for path in step.outputs}

    before, after = specs(3), specs(5)
    assert before.keys() == after.keys()
    changed = {rule for path, (rule, spec) in after.items() if before[path][1] != spec}
    assert not changed & {"dataset", "corrupted", *NETWORKS, "measure_construction"}
    assert changed >= {"measure", "measure_transfer", "metrics", "construction_tables"}


def test_comments_layout_commands_and_what_nothing_uses_rerun_nothing(copy):
    for name, old, new in NEUTRAL_EDITS:
        edit(copy / name, old, new)
    fit = copy / f"{SRC}/training/fit.py"
    text, count = re.subn(r'^( *)"""(?=\w)', r'\1"""Anew. ', fit.read_text(), flags=re.M)
    assert count > 1
    fit.write_text(text)
    shutil.copy2(copy / f"{SRC}/models/mlp.py", copy / f"{SRC}/models/unused.py")
    assert pending(copy) == set()


def test_touching_code_and_data_reruns_nothing(copy):
    for path in [*copy.glob("src/**/*.py"), *copy.glob("workflow/**/*"), *copy.glob("paper/**/*")]:
        path.touch()
    for path in copy.glob(f"{RESULTS}/**/*"):
        path.touch()
    assert pending(copy) == set()


def test_checking_out_another_commit_and_coming_back_reruns_nothing(copy):
    commit_all(copy)
    for text in ("nn.Tanh()", "nn.GELU()"):
        git(copy, "checkout", "main")
        git(copy, "checkout", "-b", text.strip("n.()"))
        edit(copy / f"{SRC}/models/mlp.py", "nn.ReLU()", text)
        commit_all(copy)
    git(copy, "checkout", "main")
    assert pending(copy) == set()


@pytest.fixture(scope="module")
def results(built, tmp_path_factory):
    """A copy in which a test may move files away, if it moves them back."""
    folder = tmp_path_factory.mktemp("reruns") / "project"
    return Path(shutil.copytree(built, folder, symlinks=True))


@pytest.mark.parametrize(
    ("deleted", "roots"),
    [
        ("figures/label_noise.pdf", FIGURE),
        ("figures/label_noise.png", FIGURE),
        ("paper.pdf", {"pdf"}),
        ("tables/randomization/summary.csv", {"tables/randomization/summary.csv"}),
        # All files that were made from these are there and fresh.
        ("runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors", set()),
        ("data/digits/dataset.safetensors", set()),
    ],
)
def test_what_was_deleted_is_made_again_where_it_is_needed(results, tmp_path, deleted, roots):
    path = results / RESULTS / deleted
    path.rename(tmp_path / path.name)
    try:
        steps = steps_of(results)
    finally:
        (tmp_path / path.name).rename(path)
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)


def test_a_new_version_of_a_library_reruns_what_imports_it(steps, copy):
    pretend_version(copy, "matplotlib", "99.0")
    assert pending(copy) == expected(steps, LIBRARIES["matplotlib"])
