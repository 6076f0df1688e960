import csv
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rethinking.constructions import study as constructions
from rethinking.names.recipe import regularization_of
from rethinking.networks import study
from rethinking.step.code import options_of
from rethinking.training.fit import Recipe

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config():
    return yaml.safe_load((ROOT / "config.yaml").read_text())


def sized(seeds, block_size):
    return {"scales": {"s": {"models": {"m": {"seeds": seeds, "block_size": block_size}}}}}


@given(seeds=st.integers(1, 40), more=st.integers(0, 20), block_size=st.integers(1, 10))
def test_more_seeds_leave_every_block_as_it_was(seeds, more, block_size):
    few, many = sized(seeds, block_size), sized(seeds + more, block_size)
    assert study.blocks(many, "s", "m")[: len(study.blocks(few, "s", "m"))] == study.blocks(
        few, "s", "m"
    )
    for block in study.blocks(few, "s", "m"):
        assert study.block_seeds(few, "s", "m", block) == study.block_seeds(many, "s", "m", block)


@given(seeds=st.integers(1, 40), block_size=st.integers(1, 10))
def test_blocks_hold_every_seed_once_and_no_block_is_idle(seeds, block_size):
    config = sized(seeds, block_size)
    held = [study.block_seeds(config, "s", "m", block) for block in study.blocks(config, "s", "m")]
    flat = [seed for block in held for seed in block]
    assert flat == list(range(len(flat)))
    assert set(study.seeds(config, "s", "m")) <= set(flat)
    assert all(block[0] < seeds for block in held)


def test_settings_are_all_conditions_of_all_models_in_order(config):
    found = study.settings(config, "demo", "randomization")
    assert found[1] == study.Setting("digits", "label_noise-1.00", "inception", "one_cycle")
    assert len(found) == len(set(found)) == 12


def test_regularised_networks_have_recipes_of_their_own(config):
    found = study.settings(config, "demo", "regularization")
    of_mlp = [one.recipe for one in found if one.model == "mlp3x512"]
    assert of_mlp[:3] == ["fixed_length", "fixed_length-weight_decay", "fixed_length-random_crop"]
    assert len(of_mlp) == 12
    assert study.measured_settings(config, "demo", "regularization") == found
    assert study.regularizes(config, "demo", "regularization")
    assert not study.regularizes(config, "demo", "corruption")


def test_strengths_go_to_the_recipe_and_dropout_to_the_network(config):
    recipe = "fixed_length-dropout-random_crop-weight_decay"
    plain = study.recipe_spec(config, "demo", "mlp3x512", "fixed_length")
    found = study.recipe_spec(config, "demo", "mlp3x512", recipe)
    changes = {"name": recipe, "random_crop": 1, "weight_decay": 0.005}
    assert found == plain | changes
    Recipe(**{key: value for key, value in found.items() if key != "name"})
    before = study.model_spec(config, "demo", "mlp3x512", "fixed_length-weight_decay")
    after = study.model_spec(config, "demo", "mlp3x512", recipe)
    assert after["options"] == before["options"] | {"dropout": 0.5}
    assert "dropout" not in config["models"]["mlp3x512"]


def test_full_has_a_counterpart_of_every_row_of_the_first_papers_table(config):
    with (ROOT / "paper/published.csv").open() as file:
        rows = [
            (row["model"], row["condition"], row["regularization"]) for row in csv.DictReader(file)
        ]
    settings = study.settings(config, "full", "regularization")
    found = {(one.model, one.condition, regularization_of(one.recipe)) for one in settings}
    assert len(rows) == 19
    assert set(rows) <= found
    comparable = study.published_models(config, "full", "regularization")
    assert {model for model, _, _ in rows} == set(comparable)
    # Random crops are its own: any window of 28×28 in 32×32.
    recipe = study.recipe_spec(config, "full", "inception", "fixed_length_exponential-random_crop")
    assert (recipe["random_crop"], recipe["crop"]) == (2, 28)


def test_constructions_are_told_what_their_module_takes(config):
    spec = constructions.construction_spec(config, "full", "implicit_mnist", block=3)
    assert spec["construction"] == "implicit"
    assert spec["dataset"]["source"] == "mnist"
    assert spec["seeds"] == [3]
    assert constructions.blocks(config, "full", "implicit_mnist") == [0, 1, 2, 3, 4]
    assert constructions.blocks(config, "demo", "implicit") == [0]
    config["scales"]["demo"]["constructions"]["implicit"]["seeds"] = 6
    assert constructions.blocks(config, "demo", "implicit") == [0, 1]
    assert constructions.seeds(config, "demo", "implicit") == [0, 1, 2, 3, 4, 5]
    assert constructions.block_seeds(config, "demo", "implicit", 1) == [5, 6, 7, 8, 9]
    allowed, required = options_of("rethinking.constructions.implicit", "construct")
    assert required <= set(spec["options"]) <= allowed
    facts = constructions.facts(config, "full")
    assert facts["experiments/implicit_mnist"] == 1
    assert facts["implicit_mnist/largest"] == 60000
    assert facts["implicit/direct_up_to"] == 2000


def test_memory_grows_with_the_matrices(config):
    # 10 GB for a matrix of 50,000 × 50,000 in float32, and as much for the test images at most.
    assert constructions.matrices_mb(config, "full", "implicit") == 20_000
    asked = config["scales"]["full"]["constructions"]["implicit"]
    asked["direct_up_to"] = 30_000
    asked["images"] = [30_000, 50_000]  # the smaller, decomposed, takes more
    assert constructions.matrices_mb(config, "full", "implicit") == 36_000
    asked["direct_up_to"] = 50_000
    assert constructions.matrices_mb(config, "full", "implicit") == 100_000


def test_scale_options_override_those_of_the_model(config):
    spec = study.model_spec(config, "demo", "resnet18")
    assert spec == {"name": "resnet18", "module": "resnet18", "options": {"width_factor": 0.125}}


def test_a_figure_is_drawn_at_the_scales_that_have_its_experiment(config):
    config["figures"]["drawn"]["other"] = {"experiment": "new"}
    drawn = [name for name in config["figures"]["drawn"] if name != "other"]
    assert study.figures(config, "demo") == drawn
    config["scales"]["demo"]["experiments"]["new"] = {}
    assert study.figures(config, "demo") == [*drawn, "other"]


def test_labels_are_not_part_of_what_determines_a_network(config):
    before = study.model_spec(config, "demo", "mlp3x512")
    config["models"]["mlp3x512"]["label"] = "other"
    assert study.model_spec(config, "demo", "mlp3x512") == before
    assert study.labels(config, "demo")["mlp3x512"] == "other"


def test_facts_are_numbers_and_texts_by_path(config):
    facts = study.facts(config, "demo")
    assert facts["models/mlp3x512/seeds"] == 5
    assert facts["models/resnet18/width_factor"] == 0.125
    assert facts["models/mlp3x512/hidden"] == "512, 512, 512"
    assert facts["models/mlp3x512/constant/learning_rate"] == 0.05
    assert facts["randomization/recipe/batch_size"] == 128
    assert facts["randomization/recipe/scaling"] == "per image"
    assert facts["conditions/gaussian"] == 1
    assert "conditions/synthetic" not in facts
    config["scales"]["demo"]["experiments"]["corruption"]["conditions"]["vgg11"] = ["uniform_noise"]
    assert study.facts(config, "demo")["conditions/synthetic"] == 1


def test_what_is_measured_of_a_model_is_the_union_over_experiments(config):
    demo = config["scales"]["demo"]
    demo["experiments"]["other"] = {
        "dataset": "digits",
        "recipe": "one_cycle",
        "measures": ["accuracy", "smoothness"],
        "conditions": {"resnet18": ["gaussian", "true_labels"]},
    }
    keys = ("digits", "resnet18", "one_cycle")
    found = study.measured_conditions(config, "demo", "accuracy", *keys)
    assert found == ["gaussian", "true_labels", "label_noise-1.00"]
    found = study.measured_conditions(config, "demo", "smoothness", *keys)
    assert found == ["gaussian", "true_labels"]


def test_references_are_measured_beside_the_networks(config):
    demo = config["scales"]["demo"]
    demo["models"]["mlp3x512"]["seeds"] = 7
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
        *((name, one) for name in study.INTERPOLANTS for one in conditions),
    ]
    # No network is trained for what is untrained or none.
    assert {setting.condition for setting in study.settings(config, "demo", "smoothness")} == set(
        conditions
    )
    keys = ("smoothness", "digits", "constant")
    assert study.reference_seeds(config, "demo", *keys) == list(range(7))
    assert study.measured_references(config, "demo", *keys) == list(study.INTERPOLANTS)
    asked["references"] = ["untrained", "shepard"]
    assert study.measured_references(config, "demo", *keys) == ["shepard"]
    assert "nearest_neighbour" in study.labels(config, "demo")


def test_a_measure_that_takes_long_has_a_job_for_each_condition_unless_it_is_short(config):
    together = study.measure_jobs(config, "demo", "smoothness")
    assert [(job["model"], job["part"]) for job in together][-2:] == [
        ("resnet18", "all"),
        ("references", "all"),
    ]
    assert len(together) == 7
    assert study.measure_options(config, "demo", "smoothness") == {"images": 200}
    assert "measures/smoothness/together" not in study.facts(config, "demo")
    del config["scales"]["demo"]["measures"]["smoothness"]["together"]
    jobs = study.measure_jobs(config, "demo", "smoothness")
    parts = [job["part"] for job in jobs if job["model"] == "vgg11"]
    assert parts == ["untrained", "true_labels", "label_noise-0.50", "label_noise-1.00"]
    assert [job["part"] for job in jobs if job["model"] == "references"] == parts[1:]
    jobs = study.measure_jobs(config, "demo", "randomization")
    assert [job["part"] for job in jobs] == ["all"] * 6


def test_published_numbers_are_for_the_same_networks_on_the_same_images(config):
    zhang = ["inception", "inception_no_bn", "alexnet", "mlp3x512", "mlp1x512"]
    full = config["scales"]["full"]
    assert study.published_models(config, "full", "randomization") == zhang
    assert study.published_models(config, "demo", "randomization") == []
    full["models"]["alexnet"]["options"] = {"width_factor": 0.5}
    full["models"]["mlp1x512"]["crop"] = 32
    assert study.published_models(config, "full", "randomization") == [*zhang[:2], "mlp3x512"]
    full["datasets"]["cifar10"]["archives"] = "/data"
    assert study.published_models(config, "full", "randomization")
    full["datasets"]["cifar10"]["train_images"] = 10000
    assert study.published_models(config, "full", "randomization") == []


def test_archives_lie_where_the_config_says_or_where_they_are_downloaded_to(config):
    (archive,) = study.archives(config, "full", "cifar10")
    assert archive == Path("results/downloads/cifar10/cifar-10-binary.tar.gz")
    before = study.dataset_spec(config, "full", "cifar10")
    config["scales"]["full"]["datasets"]["cifar10"]["archives"] = "/data"
    assert study.archives(config, "full", "cifar10") == [Path("/data/cifar-10-binary.tar.gz")]
    assert study.dataset_spec(config, "full", "cifar10") == before
    assert study.archives(config, "demo", "digits") == []


@pytest.mark.parametrize(
    ("flags", "device", "width", "expected"),
    [
        ({"avx512_bf16"}, "cpu", 1.0, "bfloat16"),
        ({"amx_bf16", "fpu"}, "cpu", 1.0, "bfloat16"),
        ({"avx2"}, "cpu", 1.0, "float32"),
        ({"avx512_bf16"}, "cpu", 0.5, "float32"),
        ({"avx2"}, "cuda", 1.0, "bfloat16"),
        ({"avx512_bf16"}, "cuda", 0.5, "float32"),
    ],
)
def test_bfloat16_is_for_wide_networks_on_gpus_and_processors_that_have_it(
    config, monkeypatch, flags, device, width, expected
):
    monkeypatch.setattr(study, "_cpu_flags", lambda: frozenset(flags))
    config["device"] = device
    config["scales"]["full"]["models"]["resnet18"]["options"] = {"width_factor": width}
    assert study.precision(config, "full", "resnet18") == expected
    assert study.precision(config, "full", "mlp3x512") == "float32"
    config["precision"] = "bfloat16"
    assert study.precision(config, "full", "resnet18") == "bfloat16"


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
        assert study.experiment_schedule(config, "full", experiment) == schedule


@pytest.mark.parametrize(
    ("device", "precision", "looks"),
    [
        ("auto", "float32", True),
        ("cpu", "auto", True),
        ("cpu", "float32", False),
        ("cuda", "auto", False),
        ("cuda", "bfloat16", False),
    ],
)
def test_what_is_left_to_the_machine(config, device, precision, looks):
    config |= {"device": device, "precision": precision}
    assert study.looks_at_the_machine(config) == looks
