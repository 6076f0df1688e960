"""Networks that are trained and measured wherever another one is."""

import json
from typing import Any

from rethinking.config.entries import Config, check_name
from rethinking.errors import InputError


def with_alike(config: Config) -> dict[str, Any]:
    """The scales of a config, in which each model that says ``like`` stands beside the other one.

    At every scale that does not give it sizes of its own, it gets that model's seeds, blocks, crop
    and recipes (not its options, which are those of another module), and a place in the
    experiments, with the same conditions and regularizers. Transfers are left as they are.

    Args:
        config: The merged config, which fits the schema.

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
        for scale in scales.values():
            if other in scale["models"] and name not in scale["models"]:
                _stand_beside(scale, name, other)
    return scales


def _stand_beside(scale: dict[str, Any], name: str, other: str) -> None:
    sizes = scale["models"][other]
    scale["models"][name] = {key: value for key, value in sizes.items() if key != "options"}
    for experiment in scale["experiments"].values():
        for asked in (experiment["conditions"], experiment.get("regularizers", {})):
            if other in asked:
                asked[name] = asked[other]
