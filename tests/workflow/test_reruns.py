"""What reruns after what: the project's own workflow, built at scale smoke, then changed."""

import os
from collections import Counter

import pytest

from rethinking.commands.plan import plan
from rethinking.git import git
from tests.workflow.conftest import commit_all, edit, planned, planned_quickly

RESULTS = "results/smoke"
SRC = "src/rethinking"

# Randomization, one cycle: two models under two conditions. Corruption, constant rate: one model
# under four conditions, the other under two. Two seeds each, one block each; the accuracies of a
# model, with one recipe, are one job. Smoothness and frequency: of the networks of corruption, two
# models under two conditions and untrained, a job each; and references, a job for each condition.
# Regularization: one model, two conditions, three recipes. Two constructions, a job each. Any table
# of runs may change verdicts, and any number or figure the register.
PAPER = {"register": 1, "pdf": 1, "manifest": 1}
FIGURES = {"figure": 19, **PAPER}
PRINTED = {"values": 1, "macros": 1, **PAPER}
VALUES = {"claims": 1, "claims_tables": 1, "pages": 1, **PRINTED}
PUBLISHED = {"published_table": 1}
TABLES = {
    "metrics": 3,
    "results_table": 2,
    "regularization_table": 1,
    "figure": 3,
    **PUBLISHED,
    **VALUES,
}
SMOOTHNESS = {"metrics": 1, "profiles": 1, "measured_table": 2, "figure": 3, **VALUES}
FREQUENCY = {"metrics": 1, "profiles": 1, "planes": 1, "measured_table": 1, "figure": 4, **VALUES}
FUNCTIONS = {**FREQUENCY, "metrics": 2, "profiles": 2, "measured_table": 3, "figure": 7}
OF_CORRUPTION = {"metrics": 1, "results_table": 1, "curves": 1, **VALUES}
END_STATES = {**OF_CORRUPTION, **PUBLISHED}
TIMES = {**OF_CORRUPTION, **FUNCTIONS, "metrics": 3, "figure": 10}
TRAINED = {**TIMES, "metrics": 4, "results_table": 2, "curves": 2, **PUBLISHED}
REGULARIZATION = {
    "metrics": 1,
    "curves": 1,
    "regularization_table": 1,
    "figure": 2,
    **PUBLISHED,
    **VALUES,
}
WITH_REGULARIZATION = {**TRAINED, **REGULARIZATION, "metrics": 5, "curves": 3, "figure": 12}
MLP = {"train": 12, "measure": 11, **WITH_REGULARIZATION}
RESNET = {"train": 4, "measure": 8, **TRAINED}
BOTH_MODELS = {"train": 16, "measure": 19, **WITH_REGULARIZATION}
ALL_FUNCTIONS = {"measure_references": 4, **BOTH_MODELS}
TRANSFER_TABLES = {"transfer_tables": 2, "transfer_table": 3, "figure": 4, **VALUES}
TRANSFERS = {"teachers": 3, "students": 4, "measure_transfer": 2, **TRANSFER_TABLES}
TWO_STAGE = {"transfer_tables": 1, "transfer_table": 2, "figure": 3, **VALUES}
RANDOM_WALK = {"transfer_tables": 1, "transfer_table": 1, "figure": 1, **VALUES}


CONSTRUCTION_TABLE = {"construction_tables": 1, "construction_table": 1, "figure": 1, **VALUES}
CONSTRUCTION = {"measure_construction": 1, **CONSTRUCTION_TABLE}
CONSTRUCTION_TABLES = {"construction_tables": 2, "construction_table": 2, "figure": 2, **VALUES}
CONSTRUCTIONS = {"measure_construction": 2, **CONSTRUCTION_TABLES}


def both(one, other):
    """The steps of two sets that share nothing but figures and what follows from them."""
    figures = one["figure"] + other["figure"]
    return {**one, **other, "figure": figures}


DATA = {"corrupted": 8, "examples": 1, **ALL_FUNCTIONS, "figure": 13}
ALL_TRAINED = both(ALL_FUNCTIONS, TRANSFERS)
ALL_COMPUTED = both(ALL_TRAINED, CONSTRUCTIONS)
ALL_DATA = both(both(DATA, TRANSFERS), CONSTRUCTIONS)

# File, old text, new text: nothing that a result could depend on.
NEUTRAL_EDITS = [
    (f"{SRC}/training/fit.py", "# Under running", "# Given running"),
    (f"{SRC}/training/fit.py", '"""Evaluate, write', '"""Write'),
    (f"{SRC}/models/mlp.py", "nn.ReLU()", "(\n    nn.ReLU()  # as in the paper\n)"),
    (f"{SRC}/job.py", 'filemode="w"', 'filemode="a"'),
    (f"{SRC}/commands/why.py", "stale step", "step"),
    ("workflow/rules/training.smk", "threads:", "# of torch\n    threads:"),
]
# File, old text, new text, what must rerun.
EDITS = {
    "plot function": (
        f"{SRC}/figures/label_noise.py",
        "ylim=(0, 100)",
        "ylim=(0, 90)",
        {"figure": 1, **PAPER},
    ),
    "style of all plots": (
        f"{SRC}/figures/style.py",
        '"lines.markersize": 4',
        '"lines.markersize": 5',
        FIGURES,
    ),
    "metric": (
        f"{SRC}/measures/accuracy.py",
        ".double().mean()",
        ".float().mean()",
        {"measure": 7, **TABLES},
    ),
    "measure of functions": (
        f"{SRC}/measures/smoothness.py",
        "TAIL = 0.95",
        "TAIL = 0.9",
        both(
            {"measure": 6, "measure_references": 2, **SMOOTHNESS},
            {"measure_transfer": 2, **TRANSFER_TABLES},
        ),
    ),
    "measure of agreement": (
        f"{SRC}/measures/agreement.py",
        "base=2",
        "base=3",
        {"measure_transfer": 2, **TRANSFER_TABLES},
    ),
    "students": (
        f"{SRC}/training/students.py",
        "NEIGHBOURS = (1, 2, 5,",
        "NEIGHBOURS = (1, 3, 5,",
        {"students": 4, "measure_transfer": 2, **TRANSFER_TABLES},
    ),
    "images of teachers": (
        f"{SRC}/data/corruptions/random_walk_pixel.py",
        "whole_pixels=True",
        "whole_pixels=False",
        {"teachers": 1, "students": 2, "measure_transfer": 1, **RANDOM_WALK},
    ),
    "solver": (
        f"{SRC}/training/min_norm.py",
        "DRIFT = 2",
        "DRIFT = 3",
        CONSTRUCTION,
    ),
    "references": (
        f"{SRC}/measures/references.py",
        '"white noise"',
        '"noise"',
        {"measure_references": 4, **FUNCTIONS},
    ),
    "trainer": (
        f"{SRC}/training/fit.py",
        "LOSS_TO_EVALUATE = math.log(2)",
        "LOSS_TO_EVALUATE = math.log(3)",
        ALL_TRAINED,
    ),
    "one network": (f"{SRC}/models/mlp.py", "nn.ReLU()", "nn.Tanh()", both(MLP, TRANSFERS)),
    "other network": (
        f"{SRC}/models/resnet18.py",
        "(64, 128, 256, 512)",
        "(64, 128, 256, 256)",
        RESNET,
    ),
    "a corruption": (
        f"{SRC}/data/corruptions/label_noise.py",
        "< level",
        "<= level",
        both(
            {**DATA, "corrupted": 4, "train": 8, "measure": 11, "measure_references": 2},
            CONSTRUCTION,
        ),
    ),
    "a source": (
        f"{SRC}/data/sources/digits.py",
        "test_size=0.2",
        "test_size=0.3",
        {"dataset": 1, **ALL_DATA},
    ),
    "a helper of all data": (
        f"{SRC}/seeds.py",
        "[seed, *",
        "[seed + 1, *",
        ALL_DATA,
    ),
    "statistics": (
        f"{SRC}/analysis/intervals.py",
        "LEVEL = 0.95",
        "LEVEL = 0.9",
        both(both(WITH_REGULARIZATION, TRANSFER_TABLES), CONSTRUCTION_TABLES),
    ),
    "a table of the paper": (
        f"{SRC}/paper/measured_table.py",
        '"function", "condition"',
        '"what", "condition"',
        {"measured_table": 3, **PAPER},
    ),
    "macros": (
        f"{SRC}/paper/macros.py",
        'THIN_SPACE = r"\\,"',
        'THIN_SPACE = r"\\ "',
        {"macros": 1, "pages": 1, **PAPER},
    ),
    "verdicts": (
        f"{SRC}/analysis/verdicts.py",
        "MOST_UNITS = 1000",
        "MOST_UNITS = 100",
        VALUES,
    ),
    "adapter of training": (
        "workflow/scripts/train.py",
        "with job(snakemake) as about:",
        "print()\nwith job(snakemake) as about:",
        {**BOTH_MODELS, "measure": 15},
    ),
    "adapter of figures": (
        "workflow/scripts/figure.py",
        "with job(snakemake):",
        "print()\nwith job(snakemake):",
        FIGURES,
    ),
}
# Files that no step makes.
SOURCES = {
    "paper/claims.yaml": ("at_least: 0.99", "at_least: 0.98", VALUES),
    "paper/published.csv": ("\n", "\n\n", {**PUBLISHED, **PAPER}),
    "paper/references.bib": ("author", " author", PAPER),
    "paper/sections/limits.tex": ("\\section", "% new\n\\section", PAPER),
}


def rates(**rates):
    """What a config file says of a model to change its learning rates, by recipe."""
    return {"recipes": {recipe: {"learning_rate": rate} for recipe, rate in rates.items()}}


def transfers(**two_stage):
    """What a config file says to change the transfer two_stage."""
    return {"scales": {"smoke": {"transfers": {"two_stage": two_stage}}}}


# What a config file changes, what must rerun.
SETTINGS = {
    "threads": ({"threads": 2}, ALL_COMPUTED),
    # What is not trained has no precision.
    "precision": ({"precision": "bfloat16"}, both({**BOTH_MODELS, "measure": 15}, TRANSFERS)),
    "compile": ({"compile": True}, both({**BOTH_MODELS, "measure": 15}, TRANSFERS)),
    "crop": ({"scales": {"smoke": {"models": {"resnet18": {"crop": 7}}}}}, RESNET),
    "models: option": ({"models": {"mlp3x512": {"hidden": [512, 512, 256]}}}, MLP),
    "models: label": (
        {"models": {"resnet18": {"label": "Residual"}}},
        {
            "results_table": 2,
            "regularization_table": 1,
            "measured_table": 3,
            "networks_table": 1,
            "transfer_table": 3,
            "claims_tables": 1,
            "pages": 1,
            "macros": 1,
            **PUBLISHED,
            **FIGURES,
        },
    ),
    "recipes": (
        {"recipes": {"one_cycle": {"weight_decay": 0.01}}},
        {"train": 4, "measure": 2, **END_STATES},
    ),
    "two settings swapped": (
        # Both values are in the old spec and in the new one: comparing sets of values misses it.
        {"recipes": {"constant": {"momentum": 0.0, "weight_decay": 0.9}}},
        {"train": 6, "measure": 10, **TIMES},
    ),
    "figures: style": ({"figures": {"style": {"font_size": 9}}}, FIGURES),
    "figures: caption": (
        {"figures": {"drawn": {"label_noise": {"caption": "New."}}}},
        {"figure": 1, **PAPER},
    ),
    "scale: banner": ({"scales": {"smoke": {"banner": "New."}}}, {"macros": 1, **PAPER}),
    "scale: data": (
        {"scales": {"smoke": {"datasets": {"digits": {"train_images": 150}}}}},
        {"dataset": 1, **ALL_DATA},
    ),
    "scale: label of data": (
        {"scales": {"smoke": {"datasets": {"digits": {"label": "new"}}}}},
        {
            "results_table": 2,
            "regularization_table": 1,
            "measured_table": 3,
            "transfer_table": 3,
            "claims_tables": 1,
            "pages": 1,
            **PUBLISHED,
            **PRINTED,
            **FIGURES,
        },
    ),
    "scale: learning rate": (
        {"scales": {"smoke": {"models": {"mlp3x512": rates(one_cycle=0.04)}}}},
        {"train": 2, "measure": 1, **END_STATES},
    ),
    "scale: two settings swapped": (
        {
            "scales": {
                "smoke": {
                    "models": {
                        "mlp3x512": rates(constant=0.02),
                        "resnet18": rates(constant=0.01),
                    }
                }
            }
        },
        {"train": 6, "measure": 10, **TIMES},
    ),
    # Two conditions, two recipes; seeds 2 to 4 come in two blocks, which train whole.
    "scale: more seeds": (
        {"scales": {"smoke": {"models": {"resnet18": {"seeds": 5}}}}},
        {"corrupted": 8, "train": 8, "measure": 8, "measure_references": 4, **TRAINED},
    ),
    "scale: fewer seeds": (
        {"scales": {"smoke": {"models": {"resnet18": {"seeds": 1}}}}},
        {"measure": 8, **TRAINED},
    ),
    "experiment: a condition less": (
        {
            "scales": {
                "smoke": {
                    "experiments": {"corruption": {"conditions": {"mlp3x512": ["true_labels"]}}}
                }
            }
        },
        {"measure": 1, "examples": 1, **OF_CORRUPTION, "figure": 4},
    ),
    "scale: strength of a regulariser": (
        {"scales": {"smoke": {"regularizers": {"weight_decay": 0.01}}}},
        {"train": 2, "measure": 1, **REGULARIZATION},
    ),
    "construction: depths": (
        {"scales": {"smoke": {"constructions": {"expressivity": {"depths": [1]}}}}},
        CONSTRUCTION,
    ),
    "transfer: images of students": (
        transfers(
            teachers={"mlp256x128x64": {"uniform_noise": {"students": {"uniform_noise": [30]}}}}
        ),
        {"students": 1, "measure_transfer": 1, **TWO_STAGE},
    ),
    "transfer: thresholds": (transfers(thresholds=[0.3]), TWO_STAGE),
    "another scale": ({"scales": {"demo": {"banner": "New."}}}, {}),
    "cores": ({}, {}),
}


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_reruns_what_can_reach_it_and_nothing_else(copy, edited):
    name, old, new, expected = EDITS[edited]
    edit(copy / name, old, new)
    assert planned(copy) == expected


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_put_back_with_an_older_time_reruns_what_reads_it(copy, monkeypatch, name):
    old, new, expected = SOURCES[name]
    edit(copy / name, old, new)
    os.utime(copy / name, (1, 1))
    monkeypatch.chdir(copy)
    stale = [step for step in plan(["--config", "scale=smoke"]).steps if step.stale]
    assert Counter(step.rule for step in stale) == expected
    assert stale[0].causes == [f"{name} changed"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_reruns_what_depends_on_it_and_nothing_else(built, monkeypatch, setting):
    changes, expected = SETTINGS[setting]
    assert planned_quickly(built, monkeypatch, changes) == expected


def test_comments_layout_commands_and_what_nothing_uses_rerun_nothing(copy):
    for name, old, new in NEUTRAL_EDITS:
        edit(copy / name, old, new)
    text = (copy / f"{SRC}/models/mlp.py").read_text()
    (copy / f"{SRC}/models/unused.py").write_text(text)
    assert planned(copy) == {}


def test_touching_code_and_data_reruns_nothing(copy):
    for path in [*copy.glob("src/**/*.py"), *copy.glob("workflow/**/*"), *copy.glob("paper/**/*")]:
        path.touch()
    for path in copy.glob(f"{RESULTS}/**/*"):
        path.touch()
    assert planned(copy) == {}


def test_checking_out_another_commit_and_coming_back_reruns_nothing(copy):
    commit_all(copy)
    for text in ("nn.Tanh()", "nn.GELU()"):
        git(copy, "checkout", "main")
        git(copy, "checkout", "-b", text.strip("n.()"))
        edit(copy / f"{SRC}/models/mlp.py", "nn.ReLU()", text)
        commit_all(copy)
    assert planned(copy) == both(MLP, TRANSFERS)
    git(copy, "checkout", "main")
    assert planned(copy) == {}


@pytest.mark.parametrize(
    ("deleted", "expected"),
    [
        ("figures/label_noise.pdf", {"figure": 1, **PAPER}),
        ("figures/label_noise.png", {"figure": 1, **PAPER}),
        ("paper.pdf", {"pdf": 1, "manifest": 1}),
        (
            "tables/randomization/summary.csv",
            {"metrics": 1, "results_table": 1, **PUBLISHED, **VALUES},
        ),
        (
            "tables/corruption/summary.csv",
            {"metrics": 1, "results_table": 1, "figure": 2, **VALUES},
        ),
        # What was made from it is there and fresh.
        ("runs/digits/true_labels/mlp3x512/one_cycle/block-0/run.safetensors", {}),
        ("data/digits/dataset.safetensors", {}),
    ],
)
def test_what_was_deleted_is_made_again_where_it_is_needed(copy, monkeypatch, deleted, expected):
    (copy / RESULTS / deleted).unlink()
    assert planned_quickly(copy, monkeypatch) == expected


def test_a_new_version_of_torch_reruns_training_and_measures(copy):
    pretend_version(copy, "torch", "99.0")
    assert planned(copy) == ALL_COMPUTED


def test_a_new_version_of_a_plotting_library_reruns_figures_only(copy):
    pretend_version(copy, "matplotlib", "99.0")
    assert planned(copy) == FIGURES


def pretend_version(folder, library, version):
    """Put a description of another version where it is found first."""
    info = folder / f"src/{library}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
