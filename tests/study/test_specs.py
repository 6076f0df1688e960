"""From the config to what determines data, networks and arithmetic."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rethinking.names.specs import ModelSpec
from rethinking.study import machine, specs
from tests.helpers.config import shipped


@pytest.fixture
def config():
    return shipped()


def sized(seeds, block_size):
    return {"scales": {"s": {"models": {"m": {"seeds": seeds, "block_size": block_size}}}}}


@given(seeds=st.integers(1, 40), more=st.integers(0, 20), block_size=st.integers(1, 10))
def test_more_seeds_leave_every_block_as_it_was(seeds, more, block_size):
    few, many = sized(seeds, block_size), sized(seeds + more, block_size)
    assert specs.blocks(many, "s", "m")[: len(specs.blocks(few, "s", "m"))] == specs.blocks(
        few, "s", "m"
    )
    for block in specs.blocks(few, "s", "m"):
        assert specs.block_seeds(few, "s", "m", block) == specs.block_seeds(many, "s", "m", block)


@given(seeds=st.integers(1, 40), block_size=st.integers(1, 10))
def test_blocks_hold_every_seed_once_and_no_block_is_idle(seeds, block_size):
    config = sized(seeds, block_size)
    held = [specs.block_seeds(config, "s", "m", block) for block in specs.blocks(config, "s", "m")]
    flat = [seed for block in held for seed in block]
    assert flat == list(range(len(flat)))
    assert set(specs.seeds(config, "s", "m")) <= set(flat)
    assert all(block[0] < seeds for block in held)


def test_data_lie_in_blocks_of_their_own_size_which_is_one_where_none_is_given(config):
    assert specs.data_block_size(config, "demo", "digits") == 5
    spec = specs.corrupt_spec(config, "demo", "digits", "label_noise-0.50", 2)
    assert (spec.condition, spec.seeds) == ("label_noise-0.50", [10, 11, 12, 13, 14])
    assert spec.dataset == specs.dataset_spec(config, "demo", "digits")
    del config["scales"]["demo"]["datasets"]["digits"]["block_size"]
    assert specs.data_block_size(config, "demo", "digits") == 1
    assert specs.corrupt_spec(config, "demo", "digits", "gaussian", 2).seeds == [2]


def test_neither_label_nor_place_nor_block_size_determines_a_data_set(config):
    before = specs.dataset_spec(config, "full", "cifar10")
    entry = config["scales"]["full"]["datasets"]["cifar10"]
    entry |= {"label": "other", "archives": "/data", "block_size": 3}
    assert specs.dataset_spec(config, "full", "cifar10") == before
    entry["train_images"] = 100
    assert specs.dataset_spec(config, "full", "cifar10") == replace(
        before, options={"train_images": 100}
    )
    assert before.fingerprint is None


def test_pictures_of_ones_own_determine_a_data_set_wherever_they_lie(config, tmp_path):
    for place in ("here", "there"):
        for split in ("train", "test"):
            for kind in ("cat", "dog"):
                folder = tmp_path / place / split / kind
                folder.mkdir(parents=True)
                Image.new("RGB", (4, 4)).save(folder / "0.png")
    entry = {"label": "mine", "source": "image_folder"}
    found = []
    for place in ("here", "there"):
        path = str(tmp_path / place)
        config["scales"]["demo"]["datasets"]["mine"] = entry | {"path": path}
        found.append(specs.dataset_spec(config, "demo", "mine"))
    assert found[0] == found[1]
    assert found[0].options == {}
    assert len(found[0].fingerprint) == 16


def test_archives_lie_where_the_config_says_or_where_they_are_downloaded_to(config):
    (archive,) = specs.archives(config, "full", "cifar10")
    assert archive == Path("results/downloads/cifar10/cifar-10-binary.tar.gz")
    before = specs.dataset_spec(config, "full", "cifar10")
    config["scales"]["full"]["datasets"]["cifar10"]["archives"] = "/data"
    assert specs.archives(config, "full", "cifar10") == [Path("/data/cifar-10-binary.tar.gz")]
    assert specs.dataset_spec(config, "full", "cifar10") == before
    assert specs.archives(config, "demo", "digits") == []


def test_the_modules_that_make_data_are_those_of_source_and_corruptions(config):
    conditions = ["label_noise-0.50", "label_noise-1.00", "random_walk_pixel", "uniform_noise"]
    found = specs.data_modules(config, "full", "mnist", conditions)
    assert found == [
        "rethinking.data.read",
        "rethinking.data.corrupt",
        "rethinking.data.sources.mnist",
        "rethinking.data.corruptions.label_noise",
        "rethinking.data.corruptions.synthetic",
    ]
    # Uncorrupted data do not depend on how data are corrupted.
    assert specs.data_modules(config, "full", "mnist", []) == [
        "rethinking.data.read",
        "rethinking.data.sources.mnist",
    ]


def test_scale_options_override_those_of_the_model(config):
    spec = specs.model_spec(config, "demo", "resnet18")
    assert spec == ModelSpec("resnet18", "resnet18", {"width_factor": 0.125})
    assert specs.model_module(config, "mlp3x512") == "rethinking.models.mlp"


def test_labels_are_not_part_of_what_determines_a_network(config):
    before = specs.model_spec(config, "demo", "mlp3x512")
    config["models"]["mlp3x512"]["label"] = "other"
    assert specs.model_spec(config, "demo", "mlp3x512") == before


def test_strengths_go_to_the_recipe_and_dropout_to_the_network(config):
    recipe = "fixed_length-dropout-random_crop-weight_decay"
    plain = specs.recipe_spec(config, "demo", "mlp3x512", "fixed_length")
    found = specs.recipe_spec(config, "demo", "mlp3x512", recipe)
    assert found == replace(plain, name=recipe, random_crop=1, weight_decay=0.005)
    before = specs.model_spec(config, "demo", "mlp3x512", "fixed_length-weight_decay")
    after = specs.model_spec(config, "demo", "mlp3x512", recipe)
    assert after.options == {**before.options, "dropout": 0.5}
    assert "dropout" not in config["models"]["mlp3x512"]


def test_rate_and_length_of_a_recipe_are_those_of_the_model(config):
    recipe = specs.recipe_spec(config, "demo", "mlp3x512", "constant")
    assert (recipe.learning_rate, recipe.max_epochs, recipe.crop) == (0.05, 300, None)
    assert (recipe.schedule, recipe.batch_size, recipe.epoch_steps) == ("constant", 128, None)
    students = specs.recipe_spec(config, "demo", "mlp256x128x64", "students")
    assert (students.epoch_steps, students.stop_at_train_accuracy) == (50, None)


def test_random_crops_of_full_are_those_of_the_first_paper(config):
    # Any window of 28×28 in 32×32.
    recipe = specs.recipe_spec(config, "full", "inception", "fixed_length_exponential-random_crop")
    assert (recipe.random_crop, recipe.crop) == (2, 28)


@pytest.mark.parametrize(("width", "expected"), [(1.0, "bfloat16"), (0.5, "float32")])
def test_precision_goes_by_the_width_of_the_network_and_is_of_training_only(
    config, monkeypatch, width, expected
):
    monkeypatch.setattr(machine, "has_bfloat16", lambda: True)
    config["device"], config["threads"], config["compile"] = "cpu", 3, True
    config["scales"]["full"]["models"]["resnet18"]["options"] = {"width_factor": width}
    found = specs.compute(config, "full", "resnet18")
    assert (found.device, found.threads, found.compiled) == ("cpu", 3, True)
    assert found.precision == expected
    assert specs.compute(config, "full", "mlp3x512").precision == "float32"
    config["precision"] = "bfloat16"
    assert specs.compute(config, "full", "mlp3x512").precision == "bfloat16"
    other = specs.compute(config, "full")
    assert (other.threads, other.precision, other.compiled) == (3, "float32", False)


def test_sizes_of_a_measure_are_its_options_and_not_how_it_is_run(config):
    assert specs.measure_options(config, "demo", "smoothness") == {"images": 200}
    assert specs.measure_options(config, "demo", "accuracy") == {}
