"""Experiments of whatever kind, and what all kinds together know of a config."""

import pytest

from rethinking.names.kinds import kinds, load_kind
from rethinking.study.kinds import (
    all_names,
    entries,
    entry_of,
    experiments,
    facts,
    section,
    study_of,
)
from tests.helpers.config import DEMO, shipped


@pytest.fixture
def config():
    return shipped()


def test_every_kind_says_where_its_experiments_stand_and_what_they_are_made_of(config):
    assert kinds() == ["constructions", "networks", "transfers"]
    sections = {kind: load_kind(kind).SECTION for kind in kinds()}
    assert sections == {
        "constructions": "constructions",
        "networks": "experiments",
        "transfers": "transfers",
    }
    for kind, name in sections.items():
        assert section(config, "demo", kind) is config["scales"]["demo"][name]
        # What the paper prints are tables that experiments of this kind have.
        assert set(load_kind(kind).PRINTED) <= set(study_of(kind).TABLES)
        for entry in section(config, "demo", kind).values():
            assert any(study_of(kind).columns(entry).values())


def test_experiments_of_all_kinds_are_in_the_order_of_their_names(config):
    found = experiments(config, "demo")
    assert list(found) == sorted(found)
    assert found == {
        "corruption": "networks",
        "expressivity": "constructions",
        "frequency": "networks",
        "implicit": "constructions",
        "random_walk": "transfers",
        "randomization": "networks",
        "regularization": "networks",
        "smoothness": "networks",
        "two_stage": "transfers",
    }
    assert entry_of(config, "demo", "implicit")["module"] == "implicit"
    assert entry_of(config, "demo", "two_stage")["thresholds"] == [0.2, 0.3, 0.4]
    assert all_names(config) - set(found) == {"implicit_mnist"}


@pytest.mark.parametrize("kind", ["constructions", "transfers"])
def test_a_scale_may_lack_a_kind(config, kind):
    del config["scales"]["demo"][kind]
    assert section(config, "demo", kind) == {}
    assert set(experiments(config, "demo").values()) == set(kinds()) - {kind}
    assert facts(config, "demo")["experiments/corruption"] == 1


def test_an_entry_comes_with_its_kind_though_two_of_a_name_are_refused_elsewhere():
    config = shipped(path=[*DEMO, "constructions", "corruption"], value={})
    named = [kind for kind, name, _ in entries(config, "demo") if name == "corruption"]
    assert named == ["constructions", "networks"]


def test_facts_of_all_kinds_are_numbers_and_texts_by_path(config):
    found = facts(config, "demo")
    assert found["models/mlp3x512/seeds"] == 5
    assert found["models/resnet18/width_factor"] == 0.125
    assert found["models/mlp3x512/hidden"] == "512, 512, 512"
    assert found["randomization/recipe/scaling"] == "per image"
    assert found["conditions/gaussian"] == 1
    assert found["expressivity/largest"] == 1000
    assert found["two_stage/vgg11/uniform_noise/n1"] == 200
    assert {type(value) for value in found.values()} == {float, str}
    named = {key.removeprefix("experiments/") for key in found if key.startswith("experiments/")}
    assert named == set(experiments(config, "demo"))
    assert facts(config, "full")["experiments/implicit_mnist"] == 1
