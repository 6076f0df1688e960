"""Figures, tables, labels and numbers of the paper, as the config declares them."""

import csv
import json

import pytest

from rethinking.names.labels import INTERPOLANTS
from rethinking.paper.specs import Layout, Model, Reported
from rethinking.study import paper
from rethinking.study.check import check_config
from rethinking.study.kinds import facts
from tests.helpers.config import ROOT, SCHEMAS, shipped


@pytest.fixture
def config():
    return shipped()


def published(config, scale):
    return paper.latex_spec(config, scale).about.published


def test_a_figure_is_drawn_at_the_scales_that_have_its_experiment(config):
    config["figures"]["drawn"]["other"] = {"experiment": "new"}
    drawn = [name for name in config["figures"]["drawn"] if name != "other"]
    assert list(paper.figures(config, "demo")) == drawn
    config["scales"]["demo"]["experiments"]["new"] = {}
    assert list(paper.figures(config, "demo")) == [*drawn, "other"]


def test_a_figure_may_be_drawn_by_the_module_of_another_with_options(config):
    assert paper.figure_module(config, "examples") == "examples"
    settings = paper.figure_settings(config, "demo", "relative_epochs")
    assert (settings["figure"], settings["module"]) == ("relative_epochs", "label_noise")
    assert settings["options"] == {
        "metric": "relative_epochs",
        "quantity": "epochs to interpolate; relative to $p = 0$",
        "relative": True,
    }
    assert settings["style"] == config["figures"]["style"]
    assert settings["labels"] == paper.labels(config, "demo")


def test_a_caption_is_escaped_for_the_report(config):
    config["figures"]["drawn"]["examples"]["caption"] = "All *that* is `there`."
    caption = paper.figure_settings(config, "demo", "examples")["caption"]
    assert caption == r"All \*that\* is \`there\`\."


def test_a_table_shows_those_of_its_experiments_that_the_scale_has(config):
    config["tables"]["published"]["experiments"] = ["other", "randomization", "corruption"]
    demo, full = (paper.layouts(config, scale) for scale in ("demo", "full"))
    assert list(demo) == list(full) == list(config["tables"])
    assert demo["published"] == Layout(
        "published", ["randomization", "corruption"], "summary", "{}"
    )
    # Not at this scale at all, or of no experiment.
    assert demo["construction_implicit_mnist"] is None
    assert full["construction_implicit_mnist"].experiments == ["implicit_mnist"]
    assert demo["networks"].experiments == []
    made = paper.made_layouts(config, "demo")
    assert len(made) == len(demo) - 1
    assert None not in made


def test_the_columns_of_a_table_are_in_the_order_of_the_config(config):
    columns = {"z": "test_accuracy", "a": "train_accuracy"}
    config["tables"]["results_randomization"]["columns"] = columns
    options = json.loads(paper.layouts(config, "demo")["results_randomization"].options)
    assert list(options["columns"].items()) == list(columns.items())


def test_a_table_may_read_files_beside_results(config):
    assert paper.sources(config, "demo") == ["paper/published.csv"]
    del config["tables"]["published"]
    assert paper.sources(config, "demo") == []


def test_labels_are_of_models_references_and_data_of_the_scale(config):
    config["models"]["mlp3x512"]["label"] = "other"
    labels = paper.labels(config, "demo")
    assert labels["mlp3x512"] == "other"
    assert labels["few_digits"] == "scikit-learn digits"
    assert {name: labels[name] for name in INTERPOLANTS} == INTERPOLANTS
    assert "cifar10" not in labels


def test_the_paper_is_told_of_each_experiment_its_kind_and_data(config):
    spec = paper.values_spec(config, "demo")
    assert list(spec.experiments) == sorted(spec.experiments)
    assert spec.experiments["regularization"] == Reported("networks", "few_digits")
    assert spec.experiments["implicit"] == Reported("constructions", "all_digits")
    assert spec.experiments["two_stage"] == Reported("transfers", "all_digits")
    assert spec.labels == paper.labels(config, "demo")
    assert spec.facts == facts(config, "demo")


def test_all_that_is_generated_for_latex_is_told_at_once(config):
    spec = paper.latex_spec(config, "demo")
    assert (spec.scale, spec.banner) == ("demo", config["scales"]["demo"]["banner"])
    assert spec.tables == paper.layouts(config, "demo")
    assert spec.figures["local_variation"] == "smoothness/profiles"
    assert set(spec.figures) == set(paper.figures(config, "demo"))


def test_models_come_with_the_recipes_that_train_them(config):
    models = {one.name: one for one in paper.latex_spec(config, "demo").about.models}
    assert "mlp256x128x64" not in models  # which is for transfers only
    assert set(models["mlp3x512"].recipes) == {"constant", "one_cycle", "fixed_length"}
    assert models["inception_no_bn"] == Model("inception_no_bn", ["fixed_length"])


def test_published_numbers_are_for_the_same_networks_on_the_same_images(config):
    zhang = {"inception", "inception_no_bn", "alexnet", "mlp3x512", "mlp1x512"}
    full = config["scales"]["full"]
    assert set(published(config, "full")) == zhang
    assert published(config, "demo") == []
    full["models"]["alexnet"]["options"] = {"width_factor": 0.5}
    full["models"]["mlp1x512"]["crop"] = 32
    assert set(published(config, "full")) == zhang - {"alexnet", "mlp1x512"}
    full["datasets"]["cifar10"] |= {"archives": "/data", "block_size": 5}
    assert published(config, "full")
    full["datasets"]["cifar10"]["train_images"] = 10000
    assert published(config, "full") == []


def test_every_model_of_the_first_papers_table_may_be_compared_in_full(config):
    with (ROOT / "paper/published.csv").open() as file:
        models = {row["model"] for row in csv.DictReader(file)}
    assert models == set(published(config, "full"))


def test_a_figure_with_another_module_and_its_options_is_accepted(config):
    drawn = config["figures"]["drawn"]
    drawn["mine"] = drawn["path_spectra"] | {"metric": "plane_spectrum"}
    check_config(config, SCHEMAS)
    assert paper.figure_settings(config, "demo", "mine")["options"]["metric"] == "plane_spectrum"
