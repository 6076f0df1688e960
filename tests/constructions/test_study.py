"""Which constructed functions a config asks for."""

import pytest

from rethinking.constructions import study
from rethinking.step.code import options_of
from rethinking.study import specs
from tests.helpers.config import shipped


@pytest.fixture
def config():
    return shipped()


def test_constructions_are_told_what_their_module_takes(config):
    spec = study.construction_spec(config, "full", "implicit_mnist", block=3)
    assert spec.construction == "implicit"
    assert spec.dataset.source == "mnist"
    assert spec.seeds == [3]
    assert spec.conditions == ["true_labels", "label_noise-1.00"]
    assert spec.compute == specs.compute(config, "full")
    allowed, required = options_of("rethinking.constructions.implicit", "construct")
    assert required <= set(spec.options) <= allowed
    assert spec.options["images"] == [500, 60000]


def test_blocks_hold_all_seeds_in_use_and_are_made_whole(config):
    assert study.blocks(config, "full", "implicit_mnist") == [0, 1, 2, 3, 4]
    assert study.blocks(config, "demo", "implicit") == [0]
    study.entry_of(config, "demo", "implicit")["seeds"] = 6
    assert study.blocks(config, "demo", "implicit") == [0, 1]
    assert study.tables_spec(config, "demo", "implicit").seeds == [0, 1, 2, 3, 4, 5]
    assert study.construction_spec(config, "demo", "implicit", 1).seeds == [5, 6, 7, 8, 9]


def test_claims_may_name_what_a_construction_puts_into_its_columns(config):
    found = study.columns(study.entry_of(config, "demo", "implicit"))
    assert found["function"] == {
        "pixels_linear", "pixels_gaussian", "convolutional_linear",
        "sgd_from_zero", "sgd_from_elsewhere",
    }  # fmt: skip
    assert found["l2"] == {0.0, 0.0001, 0.01, 1.0}
    assert found["images"] == {50, 1000}
    assert found["condition"] == {"true_labels", "label_noise-1.00"}
    assert found["label_noise"] == {0.0, 1.0}
    found = study.columns(study.entry_of(config, "demo", "expressivity"))
    assert found["function"] == {"depth-1", "depth-2", "depth-10"}
    assert found["l2"] == set()


def test_facts_are_sizes_and_other_numbers_by_path(config):
    facts = study.facts(config, "full")
    assert facts["implicit_mnist/largest"] == 60000
    assert facts["implicit/direct_up_to"] == 2000
    assert facts["implicit/seeds"] == 5
    assert {key for key in facts if key.startswith("expressivity/")} == {
        "expressivity/seeds",
        "expressivity/largest",
    }
    del config["scales"]["full"]["constructions"]
    assert study.facts(config, "full") == {}


def test_memory_grows_with_the_matrices(config):
    # 10 GB for a matrix of 50,000 × 50,000 in float32, and as much for the test images at most.
    assert study.matrices_mb(config, "full", "implicit") == 20_000
    asked = study.entry_of(config, "full", "implicit")
    asked["direct_up_to"] = 30_000
    asked["images"] = [30_000, 50_000]  # the smaller, decomposed, takes more
    assert study.matrices_mb(config, "full", "implicit") == 36_000
    asked["direct_up_to"] = 50_000
    assert study.matrices_mb(config, "full", "implicit") == 100_000
