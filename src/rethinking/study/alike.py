"""Networks that are trained and measured like another one."""

import json
from typing import Any

from rethinking.errors import InputError
from rethinking.names.recipe import NONE
from rethinking.step.code import options_of
from rethinking.study.entries import Config, check_name


def with_alike(config: Config) -> dict[str, Any]:
    """The scales of a config with the sizes of each model that has a key ``like``.

    At every scale without sizes for it, the model gets the seeds, blocks, crop and recipes of the
    other model (but not its options, which belong to another module). In experiments it gets the
    same conditions and regularizers (without dropout if it has no such option). Transfers do not
    change. A ``like`` that names no model, or one that has ``like`` itself, raises InputError.
    """
    # No deep copy, which would share between scales what YAML's anchors share.
    scales: dict[str, Any] = json.loads(json.dumps(config["scales"]))
    for name, model in config["models"].items():
        if "like" not in model:
            continue
        other = model["like"]
        originals = [key for key, entry in config["models"].items() if "like" not in entry]
        if other in config["models"] and other not in originals:
            raise InputError(
                f"config: models.{name}.like: {other} is like another model itself; name that one"
            )
        check_name(f"models.{name}.like", other, originals, "models")
        options, _ = options_of(f"rethinking.models.{model['module']}", "build")
        for scale in scales.values():
            if other in scale["models"] and name not in scale["models"]:
                _add_model(scale, name, other, dropout="dropout" in options)
    return scales


def _add_model(scale: dict[str, Any], name: str, other: str, dropout: bool) -> None:
    sizes = scale["models"][other]
    scale["models"][name] = {key: value for key, value in sizes.items() if key != "options"}
    for experiment in scale["experiments"].values():
        if other not in experiment["conditions"]:
            continue
        regularizers = experiment.get("regularizers", {})
        if other in regularizers:
            possible = [
                regularization
                for regularization in regularizers[other]
                if dropout or "dropout" not in regularization.split("-")
            ]
            if not set(possible) - {NONE}:
                continue
            regularizers[name] = possible
        experiment["conditions"][name] = experiment["conditions"][other]
