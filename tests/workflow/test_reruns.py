"""What reruns after what: the project's own workflow, built at scale smoke, then changed.

What must rerun is stated by its roots, the steps that a change reaches by itself: rules, or
patterns of paths below the results. All that follows from them in the graph of the steps must rerun
as well, and nothing else.
"""

import os
import shutil
import tempfile
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from rethinking.commands.plan import plan
from rethinking.git import git
from tests.workflow.conftest import commit_all, edit, pending

RESULTS = "results/smoke"
SRC = "src/rethinking"
FIGURE = {"figures/label_noise.pdf"}
NETWORKS = {"train", "teachers", "students"}
MEASURES = {"measure", "measure_references", "measure_transfer", "measure_construction"}
LABELLED = {
    *("results_table", "regularization_table", "measured_table", "transfer_table"),
    *("published_table", "claims_tables", "pages", "macros", "figure"),
}
MLP = {"runs/*/mlp3x512/*", "measures/*/mlp3x512/*"}
RESNET = {"runs/*/resnet18/*", "measures/*/resnet18/*"}
ONE_CYCLE, CONSTANT = {"runs/*/one_cycle/*"}, {"runs/*/constant/*"}

# File, old text, new text: nothing that a result could depend on.
NEUTRAL_EDITS = [
    (f"{SRC}/training/fit.py", "# Under running", "# Given running"),
    (f"{SRC}/training/fit.py", '"""Evaluate, write', '"""Write'),
    (f"{SRC}/models/mlp.py", "nn.ReLU()", "(\n    nn.ReLU()  # as in the paper\n)"),
    (f"{SRC}/job.py", 'filemode="w"', 'filemode="a"'),
    (f"{SRC}/commands/why.py", "stale step", "step"),
    ("workflow/rules/training.smk", "threads:", "# of torch\n    threads:"),
]
# File, old text, new text, roots: one edit of each kind of file.
EDITS = {
    "a module that is imported": (
        f"{SRC}/training/fit.py",
        "LOSS_TO_EVALUATE = math.log(2)",
        "LOSS_TO_EVALUATE = math.log(3)",
        {*NETWORKS, "measure", "measure_references"},
    ),
    "a module that is looked up by name": (
        f"{SRC}/data/corruptions/label_noise.py",
        "< level",
        "<= level",
        {"data/digits/label_noise-*"},
    ),
    "an adapter": (
        "workflow/scripts/train.py",
        "with job(snakemake) as about:",
        "print()\nwith job(snakemake) as about:",
        {"train"},
    ),
}
# Files that no step makes: old text, new text, roots.
SOURCES = {
    "paper/claims.yaml": ("at_least: 0.99", "at_least: 0.98", {"claims"}),
    "paper/published.csv": ("\n", "\n\n", {"published_table"}),
    "paper/references.bib": ("author", " author", {"register", "pdf"}),
    "paper/sections/limits.tex": ("\\section", "% new\n\\section", {"register", "pdf"}),
}
# The roots of what depends on a module.
REACHED = {
    "figures/label_noise.py": FIGURE,
    "figures/style.py": {"figure"},
    "measures/accuracy.py": {"measures/accuracy/*"},
    "measures/smoothness.py": {"measures/smoothness/*", "measure_transfer"},
    "measures/agreement.py": {"measure_transfer"},
    "measures/references.py": {"measure_references"},
    "training/students.py": {"students"},
    "training/min_norm.py": {"constructions/implicit/*"},
    "training/fit.py": {*NETWORKS, "measure", "measure_references"},
    "models/mlp.py": {*MLP, "teachers", "students"},
    "models/resnet18.py": RESNET,
    "data/corruptions/random_walk_pixel.py": {"transfers/*/random_walk_pixel-*"},
    "data/corruptions/label_noise.py": {"data/digits/label_noise-*"},
    "data/sources/digits.py": {"dataset"},
    "seeds.py": {"corrupted", *NETWORKS, *MEASURES},
    "analysis/intervals.py": {
        *("metrics", "profiles", "planes", "curves", "transfer_tables", "construction_tables"),
    },
    "analysis/verdicts.py": {"claims"},
    "paper/measured_table.py": {"measured_table"},
    "paper/macros.py": {"macros", "pages"},
    "job.py": set(),
    "commands/run.py": set(),
}
LIBRARIES = {"torch": {*NETWORKS, *MEASURES}, "matplotlib": {"figure"}, "pypdf": set()}


def rates(**rates):
    """What a config file says of a model to change its learning rates, by recipe."""
    return {"recipes": {recipe: {"learning_rate": rate} for recipe, rate in rates.items()}}


def smoke(**sections):
    """What a config file says to change the scale."""
    return {"scales": {"smoke": sections}}


# What a config file changes, and the roots of what must rerun.
SETTINGS = {
    "threads": ({"threads": 2}, {*NETWORKS, *MEASURES}),
    # What is not trained has no precision.
    "precision": ({"precision": "bfloat16"}, NETWORKS),
    "compile": ({"compile": True}, NETWORKS),
    "crop": (smoke(models={"resnet18": {"crop": 7}}), RESNET),
    "models: option": ({"models": {"mlp3x512": {"hidden": [512, 512, 256]}}}, MLP),
    "models: label": (
        {"models": {"resnet18": {"label": "Residual"}}},
        {*LABELLED, "networks_table"},
    ),
    "recipes": ({"recipes": {"one_cycle": {"weight_decay": 0.01}}}, ONE_CYCLE),
    # Both values are in the old spec and in the new one: comparing sets of values misses it.
    "two settings swapped": (
        {"recipes": {"constant": {"momentum": 0.0, "weight_decay": 0.9}}},
        CONSTANT,
    ),
    "figures: style": ({"figures": {"style": {"font_size": 9}}}, {"figure"}),
    "figures: caption": ({"figures": {"drawn": {"label_noise": {"caption": "New."}}}}, FIGURE),
    "scale: banner": (smoke(banner="New."), {"macros"}),
    "scale: data": (smoke(datasets={"digits": {"train_images": 150}}), {"dataset"}),
    "scale: label of data": (smoke(datasets={"digits": {"label": "new"}}), {*LABELLED, "values"}),
    "scale: learning rate": (
        smoke(models={"mlp3x512": rates(one_cycle=0.04)}),
        {"runs/*/mlp3x512/one_cycle/*"},
    ),
    "scale: two settings swapped": (
        smoke(models={"mlp3x512": rates(constant=0.02), "resnet18": rates(constant=0.01)}),
        CONSTANT,
    ),
    # Seeds 2 to 4 come in two blocks, which train whole.
    "scale: more seeds": (
        smoke(models={"resnet18": {"seeds": 5}}),
        {"data/digits/*/seed-[2-5].*", "measures/*/resnet18/*", "measure_references"},
    ),
    "scale: fewer seeds": (
        smoke(models={"resnet18": {"seeds": 1}}),
        {
            "measures/*/resnet18/*",
            "tables/randomization/curves.csv",
            "tables/corruption/curves.csv",
        },
    ),
    "experiment: a condition less": (
        smoke(experiments={"corruption": {"conditions": {"mlp3x512": ["true_labels"]}}}),
        {"measures/accuracy/digits/mlp3x512/constant/*", "tables/corruption/*"},
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


def steps_of(folder, monkeypatch, changes=None):
    """The plan of a copy whose code is that of the tests, without a process of its own.

    Args:
        folder: The copy.
        monkeypatch: Pytest's.
        changes: What a config file changes.
    """
    monkeypatch.chdir(folder)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
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


def with_all_that_follows(steps, roots):
    """What some steps make, and all that Snakemake makes from it."""
    chosen = []
    for step, root in zip(steps, roots, strict=True):  # those that it reads stand before it
        chosen.append(root or any(chosen[place] for place in step.reads))
    return outputs(steps, chosen)


def expected(steps, roots):
    """What must rerun, by its roots, of which each is one."""
    for root in roots:
        assert any(is_root(step, {root}) for step in steps), root
    return with_all_that_follows(steps, [is_root(step, roots) for step in steps])


@pytest.fixture
def steps(built, monkeypatch):
    """All steps of the project as it was built."""
    return steps_of(built, monkeypatch)


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_reruns_what_can_reach_it_and_nothing_else(steps, copy, edited):
    name, old, new, roots = EDITS[edited]
    edit(copy / name, old, new)
    assert pending(copy) == expected(steps, roots)


def test_steps_depend_on_the_modules_and_libraries_that_they_can_reach_and_on_no_others(steps):
    def reruns(kind, key):
        return with_all_that_follows(steps, [key in step.spec[kind] for step in steps])

    found = {name: reruns("code", f"rethinking.{name[:-3].replace('/', '.')}") for name in REACHED}
    found |= {name: reruns("versions", name) for name in LIBRARIES}
    all_roots = REACHED | LIBRARIES
    assert {
        name for name, roots in all_roots.items() if found[name] != expected(steps, roots)
    } == set()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_put_back_with_an_older_time_reruns_what_reads_it(copy, monkeypatch, name):
    old, new, roots = SOURCES[name]
    edit(copy / name, old, new)
    os.utime(copy / name, (1, 1))
    steps = steps_of(copy, monkeypatch)
    stale = [step for step in steps if step.stale]
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)
    assert stale[0].causes == [f"{name} changed"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_reruns_what_depends_on_it_and_nothing_else(built, monkeypatch, setting):
    changes, roots = SETTINGS[setting]
    steps = steps_of(built, monkeypatch, changes)
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)


def test_comments_layout_commands_and_what_nothing_uses_rerun_nothing(copy):
    for name, old, new in NEUTRAL_EDITS:
        edit(copy / name, old, new)
    text = (copy / f"{SRC}/models/mlp.py").read_text()
    (copy / f"{SRC}/models/unused.py").write_text(text)
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
        ("tables/corruption/summary.csv", {"tables/corruption/summary.csv"}),
        # What was made from it is there and fresh.
        ("runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors", set()),
        ("data/digits/dataset.safetensors", set()),
    ],
)
def test_what_was_deleted_is_made_again_where_it_is_needed(
    results, monkeypatch, tmp_path, deleted, roots
):
    path = results / RESULTS / deleted
    path.rename(tmp_path / path.name)
    try:
        steps = steps_of(results, monkeypatch)
    finally:
        (tmp_path / path.name).rename(path)
    assert outputs(steps, [step.stale for step in steps]) == expected(steps, roots)


def test_a_new_version_of_a_library_reruns_what_imports_it(steps, copy):
    pretend_version(copy, "matplotlib", "99.0")
    assert pending(copy) == expected(steps, LIBRARIES["matplotlib"])


def pretend_version(folder, library, version):
    """Put a description of another version where it is found first."""
    info = folder / f"src/{library}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
