from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rethinking import study

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
    assert found[2] == study.Setting("digits", "label_noise-0.50", "mlp3x512", "plain")
    assert len(found) == len(set(found)) == 10


def test_scale_options_override_those_of_the_model(config):
    spec = study.model_spec(config, "demo", "resnet18")
    assert spec == {"name": "resnet18", "module": "resnet18", "options": {"width_factor": 0.125}}


def test_a_figure_is_drawn_at_the_scales_that_have_its_experiment(config):
    config["figures"]["drawn"]["other"] = {"experiment": "smoothness"}
    assert study.figures(config, "demo") == ["learning_curves", "label_noise"]
    config["scales"]["demo"]["experiments"]["smoothness"] = {}
    assert study.figures(config, "demo") == ["learning_curves", "label_noise", "other"]


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
    assert facts["randomization/recipe/batch_size"] == 128
    assert facts["randomization/recipe/scaling"] == "per image"
