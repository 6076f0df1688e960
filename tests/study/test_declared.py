"""Figures and tables that the config declares can be made of the experiments that they name."""

import pytest

from rethinking.study.check import check_config
from rethinking.study.paper import check_figures_and_tables
from tests.helpers.config import DEMO, SCHEMAS, complaint, shipped

DRAWN, TABLES = ["figures", "drawn"], ["tables"]
RESULTS = {"layout": "results", "experiments": ["randomization"], "table": "summary"}
MISTAKES = [
    ([*DRAWN, "style"], {"experiment": "corruption", "table": "runs", "caption": "c"},
     "figures.drawn.style: there is no src/rethinking/figures/style.py with a function draw"),
    ([*DRAWN, "flip_rate", "module"], "profile", "figures/profile.py with a function draw; did you "
     "mean 'profiles'?"),
    ([*DRAWN, "flip_rate", "metrik"], "x", "flip_rate.metrik: unknown option of profiles; did you"),
    ([*DRAWN, "flip_rate"], {"module": "profiles", "experiment": "smoothness", "table": "profiles",
                             "caption": "c", "metric": "flip_rate", "quantity": "q"},
     "figures.drawn.flip_rate: profiles needs 'along'; add it"),
    ([*DRAWN, "label_noise", "experiment"], "other", "label_noise.experiment: 'other' is not under "
     "the experiments of any scale"),
    ([*DRAWN, "flip_rate", "table"], "profile",
     "flip_rate.table: smoothness has no table 'profile'; did you mean 'profiles'?"),
    ([*DRAWN, "two_stage", "table"], "curves",
     "two_stage has no table 'curves'; known: confusion, runs, sample_efficiency, summary"),
    ([*DRAWN, "implicit", "table"], "profiles", "no table 'profiles'; known: runs, summary"),
    ([*TABLES, "regularization", "layout"], "result",
     "no src/rethinking/paper/tables/result.py with a function tabulate; did you mean 'results'?"),
    ([*TABLES, "regularization", "column"], {}, "regularization.column: unknown option of regular"),
    ([*TABLES, "mine"], RESULTS, "tables.mine: results needs 'columns'; add it"),
    ([*TABLES, "regularization", "experiments"], ["regularisation"],
     "regularization.experiments: 'regularisation' is not under the experiments of any scale; did "
     "you mean 'regularization'?"),
    ([*TABLES, "transfer_efficiency", "experiments"], ["implicit"],
     "tables.transfer_efficiency: efficiency shows transfers, and implicit is of constructions; "
     "name one that suits it"),
    ([*DRAWN, "smoothness", "experiment"], "two_stage",
     "figures.drawn.smoothness: smoothness shows networks, and two_stage is of transfers; name"),
    ([*TABLES, "transfer_efficiency", "experiments"], [],
     "tables.transfer_efficiency.experiments: efficiency shows one experiment; list one"),
    ([*TABLES, "regularization", "experiments"], ["regularization", "corruption"],
     "tables.regularization.experiments: regularization shows one experiment; list one"),
    ([*TABLES, "values"], RESULTS, "tables: 'values' is taken; choose another name"),
    ([*TABLES, "My-table"], RESULTS, "'My-table' does not match"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "said"), MISTAKES, ids=lambda v: str(v)[-40:])
def test_a_mistake_is_one_line_that_names_the_key_and_the_remedy(path, value, said):
    message = complaint(shipped(path=path, value=value))
    assert said in message
    assert message.startswith("config: ")


def with_regularizers(experiment):
    """A config whose demo has an experiment with regularizers, of a recipe that allows them."""
    config = shipped()
    config["scales"]["demo"]["experiments"][experiment] |= {
        "recipe": "fixed_length",
        "conditions": {"mlp3x512": ["true_labels"]},
        "regularizers": {"mlp3x512": ["none", "dropout"]},
    }
    return config


@pytest.mark.parametrize("experiment", ["randomization", "corruption"])
def test_a_table_of_networks_without_regularizers_shows_no_experiment_with_them(experiment):
    config = with_regularizers(experiment)
    table = f"results_{experiment}"
    assert complaint(config) == (
        f"config: scales.demo.experiments.{experiment}.regularizers: tables.{table} shows networks "
        "without; put them into an experiment of their own, or leave it out of there"
    )
    # Its layout is why: neither the experiment's name nor the table's.
    del config["tables"][table]
    check_config(config, SCHEMAS)
    columns = {"test": "test_accuracy"}
    config["tables"]["mine"] = RESULTS | {"experiments": [experiment], "columns": columns}
    assert f"{experiment}.regularizers: tables.mine shows networks without" in complaint(config)


@pytest.mark.parametrize(
    ("section", "name"),
    [("figures.drawn", "regularization"), ("figures.drawn", "early_stopping"),
     ("tables", "regularization")],
)  # fmt: skip
def test_what_compares_regularizers_shows_no_experiment_without_them(section, name):
    config = shipped()
    kept = config["figures"]["drawn"] if section == "figures.drawn" else config["tables"]
    others = config["tables"] if section == "figures.drawn" else config["figures"]["drawn"]
    for entries in (others, kept):
        for other in list(entries):
            if entries is others or other != name:
                del entries[other]
    del config["scales"]["demo"]["experiments"]["regularization"]["regularizers"]
    line = (
        f"config: scales.demo.experiments.regularization: {section}.{name} compares "
        "regularizers; add 'regularizers'"
    )
    assert complaint(config) == line
    del kept[name]
    check_config(config, SCHEMAS)


def test_every_scale_that_has_the_experiment_is_looked_at():
    config = with_regularizers("corruption")
    config["scales"]["other"] = config["scales"].pop("demo")
    config["scale"] = "smoke"
    assert complaint(config).startswith("config: scales.other.experiments.corruption.regularizers:")


def test_a_figure_of_another_scale_alone_is_accepted():
    config = shipped(path=[*DEMO, "transfers"], value={})
    check_figures_and_tables(config)
    del config["scales"]["smoke"]["transfers"], config["scales"]["full"]["transfers"]
    message = complaint(config)
    assert "'two_stage' is not under the experiments of any scale" in message
