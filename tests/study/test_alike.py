"""A model with ``like`` is trained and measured wherever the other one is."""

import copy

import pytest

from rethinking.study.alike import with_alike
from rethinking.study.check import check_config
from tests.helpers.config import CONSTANT, SCHEMAS, complaint, shipped


def test_a_model_that_is_like_another_stands_wherever_that_one_does():
    config = shipped()
    config["models"]["new"] = {"label": "New", "module": "alexnet", "like": "resnet18"}
    before = copy.deepcopy(config)
    scales = with_alike(config)
    assert config == before
    for name, scale in scales.items():
        sizes = scale["models"]["resnet18"]
        assert scale["models"]["new"] == {k: v for k, v in sizes.items() if k != "options"}
        for experiment in scale["experiments"].values():
            for of_models in (experiment["conditions"], experiment.get("regularizers", {})):
                assert of_models.pop("new", None) == of_models.get("resnet18")
        del scale["models"]["new"]
        assert scale == config["scales"][name]
    check_config(config, SCHEMAS)


@pytest.mark.parametrize("only_dropout", [False, True])
def test_a_model_without_dropout_is_like_one_that_has_it_but_for_that(only_dropout):
    config = shipped()
    config["models"]["new"] = {"label": "New", "module": "resnet18", "like": "mlp3x512"}
    config["models"]["new"]["width_factor"] = 1.0
    experiment = config["scales"]["smoke"]["experiments"]["regularization"]
    regularizers = experiment["regularizers"]["mlp3x512"]
    if only_dropout:
        regularizers = ["none", "dropout"]
    experiment["regularizers"]["mlp3x512"] = regularizers
    assert any("dropout" in each for each in regularizers)
    found = with_alike(config)["smoke"]["experiments"]["regularization"]
    kept = [each for each in regularizers if "dropout" not in each]
    assert found["regularizers"].get("new") == (None if only_dropout else kept)
    assert ("new" in found["conditions"]) != only_dropout
    check_config(config, SCHEMAS)


def test_sizes_of_its_own_are_kept_and_likeness_goes_no_further():
    config = shipped()
    config["models"]["new"] = {"label": "New", "module": "alexnet", "like": "resnet18"}
    own = {"seeds": 1, "block_size": 1, "recipes": CONSTANT}
    config["scales"]["smoke"]["models"]["new"] = own
    assert with_alike(config)["smoke"]["models"]["new"] == own
    config["models"]["newer"] = {"label": "N", "module": "alexnet", "like": "new"}
    assert "models.newer.like: new is like another model itself; name that one" in complaint(config)
