"""Networks that are trained and measured wherever another one is."""

import json
from typing import Any

from rethinking.errors import InputError
from rethinking.names.recipe import NONE
from rethinking.step.code import options_of
from rethinking.study.entries import Config, check_name


def with_alike(config: Config) -> dict[str, Any]:
    """The scales of a config, in which each model that says ``like`` stands beside the other one.

    At every scale that does not give it sizes of its own, it gets that model's seeds, blocks, crop
    and recipes (not its options, which are those of another module), and a place in the
    experiments, with the same conditions and regularizers (without dropout, where it can have
    none). Transfers are left as they are.

    Args:
        config: The merged config, which fits the schema and whose modules are there.

    Raises:
        InputError: A model is to be like one that there is not, or that is like another itself.
    """
    # Not a deep copy: what YAML's anchors share must not change together.
    scales: dict[str, Any] = json.loads(json.dumps(config["scales"]))
    for name, model in config["models"].items():
        if "like" not in model:
            continue
        other = model["like"]
        known = [key for key, entry in config["models"].items() if "like" not in entry]
        if other in config["models"] and other not in known:
            raise InputError(
                f"config: models.{name}.like: {other} is like another model itself; name that one"
            )
        check_name(f"models.{name}.like", other, known, "models")
        options, _ = options_of(f"rethinking.models.{model['module']}", "build")
        for scale in scales.values():
            if other in scale["models"] and name not in scale["models"]:
                _stand_beside(scale, name, other, dropout="dropout" in options)
    return scales


def _stand_beside(scale: dict[str, Any], name: str, other: str, dropout: bool) -> None:
    sizes = scale["models"][other]
    scale["models"][name] = {key: value for key, value in sizes.items() if key != "options"}
    for experiment in scale["experiments"].values():
        asked = experiment.get("regularizers", {})
        possible = [
            each for each in asked.get(other, []) if dropout or "dropout" not in each.split("-")
        ]
        compared = other in asked
        if other in experiment["conditions"] and (not compared or set(possible) - {NONE}):
            experiment["conditions"][name] = experiment["conditions"][other]
            if compared:
                asked[name] = possible
