"""Which networks a config asks for, trained and measured how."""

import csv

import pytest

from rethinking.names.labels import INTERPOLANTS
from rethinking.names.recipe import regularization_of
from rethinking.networks import study
from rethinking.networks.specs import Setting
from rethinking.study import specs
from tests.helpers.config import ROOT, shipped


@pytest.fixture
def config():
    return shipped()


def add(config, name, **entry):
    """Add an experiment on digits to the demo."""
    entry = {"dataset": "digits", "recipe": "one_cycle", "measures": ["smoothness"]} | entry
    config["scales"]["demo"]["experiments"][name] = entry


def test_settings_are_all_conditions_of_all_models_in_order(config):
    found = study.settings(config, "demo", "randomization")
    assert found[1] == Setting("digits", "label_noise-1.00", "inception", "one_cycle")
    assert len(found) == len(set(found)) == 12


def test_experiments_are_in_the_order_of_their_names(config):
    add(config, "a_last_one", conditions={"resnet18": ["gaussian"]})
    assert study.names(config, "demo") == [
        "a_last_one",
        "corruption",
        "frequency",
        "randomization",
        "regularization",
        "smoothness",
    ]


def test_conditions_are_those_of_any_model_each_once(config):
    conditions = {"vgg11": ["gaussian", "true_labels"], "resnet18": ["random_pixels", "gaussian"]}
    add(config, "other", conditions=conditions)
    found = study.conditions(config, "demo", "other")
    assert found == ["gaussian", "true_labels", "random_pixels"]
    assert study.examples_spec(config, "demo", "other").conditions == found


def test_regularised_networks_have_recipes_of_their_own(config):
    found = study.settings(config, "demo", "regularization")
    of_mlp = [one.recipe for one in found if one.model == "mlp3x512"]
    assert of_mlp[:3] == ["fixed_length", "fixed_length-weight_decay", "fixed_length-random_crop"]
    assert len(of_mlp) == 12
    assert study.measured_settings(config, "demo", "regularization") == found
    regularizations = {regularization_of(one.recipe) for one in found if one.model == "mlp3x512"}
    asked = config["scales"]["demo"]["experiments"]["regularization"]
    assert regularizations == set(asked["regularizers"]["mlp3x512"])
    plain = study.settings(config, "demo", "corruption")
    assert {regularization_of(one.recipe) for one in plain} == {"none"}


def test_full_has_a_counterpart_of_every_row_of_the_first_papers_table(config):
    with (ROOT / "paper/published.csv").open() as file:
        rows = [
            (row["model"], row["condition"], row["regularization"]) for row in csv.DictReader(file)
        ]
    settings = study.settings(config, "full", "regularization")
    found = {(one.model, one.condition, regularization_of(one.recipe)) for one in settings}
    assert len(rows) == 19
    assert set(rows) <= found


def test_full_trains_every_network_under_every_condition_in_both_ways(config):
    networks = set(config["models"]) - {"mlp256x128x64"}  # which is for transfers only
    conditions = {
        "true_labels", "label_noise-0.25", "label_noise-0.50", "label_noise-0.75",
        "label_noise-1.00", "shuffled_pixels", "random_pixels", "gaussian",
    }  # fmt: skip
    for experiment, schedule in (("randomization", "exponential"), ("corruption", "constant")):
        found = study.settings(config, "full", experiment)
        assert len(found) == len(networks) * len(conditions)
        assert {setting.model for setting in found} == networks
        assert {setting.condition for setting in found} == conditions
        trained = {study.train_spec(config, "full", one, 0).recipe.schedule for one in found}
        assert trained == {schedule}


def test_a_block_is_told_its_data_its_network_and_its_training(config):
    setting = Setting("digits", "label_noise-1.00", "vgg11", "one_cycle")
    spec = study.train_spec(config, "demo", setting, 1)
    assert (spec.condition, spec.seeds) == ("label_noise-1.00", [3, 4, 5])
    assert spec.dataset == specs.dataset_spec(config, "demo", "digits")
    assert spec.model == specs.model_spec(config, "demo", "vgg11")
    assert spec.recipe == specs.recipe_spec(config, "demo", "vgg11", "one_cycle")
    assert spec.compute == specs.compute(config, "demo", "vgg11")
    # Dropout is part of the network.
    config["scales"]["demo"]["models"]["mlp3x512"]["block_size"] = 2
    setting = Setting("few_digits", "true_labels", "mlp3x512", "fixed_length-dropout")
    spec = study.train_spec(config, "demo", setting, 2)
    assert (spec.seeds, spec.model.options["dropout"]) == ([4, 5], 0.5)


@pytest.mark.parametrize(
    ("experiment", "times", "accuracies"),
    [
        ("randomization", False, True),  # the rate is annealed
        ("corruption", True, True),
        ("regularization", False, True),
        ("smoothness", False, False),  # the same networks, looked at in another way
    ],
)
def test_times_are_reported_where_training_is_and_at_a_constant_rate(
    config, experiment, times, accuracies
):
    spec = study.tables_spec(config, "demo", experiment)
    assert (spec.times, spec.accuracies) == (times, accuracies)
    assert study.reports_training(config, "demo", experiment) == accuracies
    assert spec.settings == study.measured_settings(config, "demo", experiment)


def test_what_is_measured_of_a_model_is_the_union_over_experiments(config):
    add(config, "a", conditions={"resnet18": ["gaussian", "true_labels"]})
    add(config, "b", conditions={"resnet18": ["true_labels", "random_pixels"]})
    add(config, "c", conditions={"resnet18": ["shuffled_pixels"]}, measures=["frequency"])
    add(config, "d", conditions={"vgg11": ["shuffled_pixels"]})
    asked = ("smoothness", "digits", "resnet18", "one_cycle")
    spec = study.measure_spec(config, "demo", *asked, "all")
    assert spec.conditions == ["gaussian", "true_labels", "random_pixels"]
    assert study.measure_spec(config, "demo", *asked, "gaussian").conditions == ["gaussian"]
    assert spec.seeds == [0, 1, 2]
    assert spec.model == specs.model_spec(config, "demo", "resnet18")
    assert (spec.recipe, spec.scaling, spec.crop) == ("one_cycle", "per_image", None)
    assert (spec.references, spec.options) == ([], {"images": 200})
    config["scales"]["demo"]["models"]["resnet18"]["crop"] = 6
    assert study.measure_spec(config, "demo", *asked, "all").crop == 6


def test_references_are_measured_beside_the_networks(config):
    demo = config["scales"]["demo"]
    demo["models"]["mlp3x512"] |= {"seeds": 7, "crop": 6}
    asked = demo["experiments"]["smoothness"]
    asked["conditions"] = {
        "mlp3x512": ["true_labels", "label_noise-0.50"],
        "vgg11": ["true_labels", "label_noise-1.00"],
    }
    found = study.measured_settings(config, "demo", "smoothness")
    places = [(setting.model, setting.condition) for setting in found]
    conditions = ["true_labels", "label_noise-0.50", "label_noise-1.00"]
    assert places == [
        ("mlp3x512", "untrained"),
        ("mlp3x512", "true_labels"),
        ("mlp3x512", "label_noise-0.50"),
        ("vgg11", "untrained"),
        ("vgg11", "true_labels"),
        ("vgg11", "label_noise-1.00"),
        *((name, one) for name in INTERPOLANTS for one in conditions),
    ]
    # No network is trained for what is untrained or none.
    assert {setting.condition for setting in study.settings(config, "demo", "smoothness")} == set(
        conditions
    )
    trained = [setting for setting in found if study.is_trained(setting)]
    assert trained == study.settings(config, "demo", "smoothness")
    keys = ("smoothness", "digits", "references", "constant", "all")
    spec = study.measure_spec(config, "demo", *keys)
    assert spec.seeds == list(range(7))
    assert spec.conditions == conditions
    assert spec.references == list(INTERPOLANTS)
    assert (spec.model, spec.crop) == (None, None)  # of networks with any crop
    seeds = study.tables_spec(config, "demo", "smoothness").seeds
    assert seeds == {"vgg11": [0, 1, 2]} | {
        name: list(range(7)) for name in ("mlp3x512", *INTERPOLANTS)
    }
    asked["references"] = ["untrained", "shepard"]
    assert study.measure_spec(config, "demo", *keys).references == ["shepard"]


def test_a_measure_that_takes_long_has_a_job_for_each_condition_unless_it_is_short(config):
    together = study.measure_jobs(config, "demo", "smoothness")
    assert [(job["model"], job["part"]) for job in together][-2:] == [
        ("resnet18", "all"),
        ("references", "all"),
    ]
    assert len(together) == 7
    del config["scales"]["demo"]["measures"]["smoothness"]["together"]
    jobs = study.measure_jobs(config, "demo", "smoothness")
    parts = [job["part"] for job in jobs if job["model"] == "vgg11"]
    assert parts == ["untrained", "true_labels", "label_noise-0.50", "label_noise-1.00"]
    assert [job["part"] for job in jobs if job["model"] == "references"] == parts[1:]


def test_accuracy_is_measured_in_training_and_by_jobs_for_what_is_not_trained_only(config):
    assert study.measure_jobs(config, "demo", "randomization") == []
    add(
        config,
        "other",
        measures=["accuracy", "smoothness"],
        references=["untrained", "shepard"],
        conditions={"resnet18": ["true_labels", "gaussian"]},
    )
    jobs = study.measure_jobs(config, "demo", "other")
    assert [(job["measure"], job["model"], job["part"]) for job in jobs] == [
        ("accuracy", "resnet18", "all"),
        ("smoothness", "resnet18", "all"),
        ("accuracy", "references", "all"),
        ("smoothness", "references", "all"),
    ]
    measured = {
        (job["measure"], job["model"]): study.measure_spec(config, "demo", **job).conditions
        for job in jobs
    }
    assert measured == {
        ("accuracy", "resnet18"): ["untrained"],
        ("smoothness", "resnet18"): ["untrained", "true_labels", "gaussian"],
        ("accuracy", "references"): ["true_labels", "gaussian"],
        ("smoothness", "references"): ["true_labels", "gaussian"],
    }


def test_claims_may_name_what_an_experiment_puts_into_its_columns(config):
    entries = config["scales"]["demo"]["experiments"]
    found = study.columns(entries["smoothness"])
    assert found["model"] == {*entries["smoothness"]["conditions"], *INTERPOLANTS}
    assert found["condition"] == {
        "untrained", "true_labels", "label_noise-0.50", "label_noise-1.00",
    }  # fmt: skip
    assert found["label_noise"] == {0.0, 0.5, 1.0}
    assert found["regularization"] == {"none"}
    found = study.columns(entries["regularization"])
    assert "random_crop-weight_decay" in found["regularization"]
    assert study.columns(entries["corruption"])["label_noise"] == {0.0, 0.25, 0.5, 0.75, 1.0}


def test_facts_are_settings_by_path(config):
    facts = study.facts(config, "demo")
    assert facts["models/mlp3x512/seeds"] == 5
    assert facts["models/resnet18/width_factor"] == 0.125
    assert facts["models/mlp3x512/hidden"] == [512, 512, 512]
    assert facts["models/mlp3x512/constant/learning_rate"] == 0.05
    assert facts["randomization/recipe/batch_size"] == 128
    assert facts["randomization/recipe/scaling"] == "per_image"
    assert "regularization/recipe/stop_at_train_accuracy" not in facts  # it is null
    assert facts["measures/smoothness/images"] == 200
    assert "measures/smoothness/together" not in facts
    strengths = {key: value for key, value in facts.items() if key.startswith("regularizers/")}
    assert strengths == {
        f"regularizers/{name}": value
        for name, value in config["scales"]["demo"]["regularizers"].items()
    }
    assert facts["conditions/gaussian"] == 1
    assert "conditions/synthetic" not in facts
    config["scales"]["demo"]["experiments"]["corruption"]["conditions"]["vgg11"] = ["uniform_noise"]
    assert study.facts(config, "demo")["conditions/synthetic"] == 1
