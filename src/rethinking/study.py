"""What a config asks for: which networks, trained on what, and what each step must be told."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rethinking.config import DATASET_KEYS, MODEL_KEYS, Config, fingerprint

Spec = dict[str, Any]


@dataclass(frozen=True)
class Setting:
    """What networks are trained on and how: all of a run but its seed."""

    dataset: str
    condition: str
    model: str
    recipe: str


def settings(config: Config, scale: str, experiment: str) -> list[Setting]:
    """All settings of an experiment, in the order of the config."""
    asked = config["scales"][scale]["experiments"][experiment]
    return [
        Setting(asked["dataset"], condition, model, asked["recipe"])
        for model, conditions in asked["conditions"].items()
        for condition in conditions
    ]


def seeds(config: Config, scale: str, model: str) -> list[int]:
    """The seeds that tables and figures use."""
    return list(range(config["scales"][scale]["models"][model]["seeds"]))


def block_seeds(config: Config, scale: str, model: str, block: int) -> list[int]:
    """The seeds that train together in a block, whether all of them are used or not.

    Blocks always train whole, so that asking for more seeds retrains none that exist.
    """
    size = config["scales"][scale]["models"][model]["block_size"]
    return list(range(block * size, (block + 1) * size))


def blocks(config: Config, scale: str, model: str) -> list[int]:
    """The blocks that hold all seeds in use."""
    size = config["scales"][scale]["models"][model]["block_size"]
    return list(range(-(-len(seeds(config, scale, model)) // size)))


def dataset_spec(config: Config, scale: str, dataset: str) -> Spec:
    """What determines a data set; where it lies does not, what lies there does."""
    entry = config["scales"][scale]["datasets"][dataset]
    options = {key: value for key, value in entry.items() if key not in DATASET_KEYS}
    spec: Spec = {"name": dataset, "source": entry["source"]}
    if "path" in options:
        key = f"scales.{scale}.datasets.{dataset}.path"
        spec["fingerprint"] = fingerprint(key, Path(options.pop("path")))
    return spec | {"options": options}


def model_spec(config: Config, scale: str, model: str) -> Spec:
    """What determines a network before it is trained, but for its seed."""
    entry = config["models"][model] | config["scales"][scale]["models"][model].get("options", {})
    options = {key: value for key, value in entry.items() if key not in MODEL_KEYS}
    return {"name": model, "module": entry["module"], "options": options}


def recipe_spec(config: Config, scale: str, model: str, recipe: str) -> Spec:
    """How a network is trained: the recipe, and the sizes that go with model and scale."""
    sizes = config["scales"][scale]["models"][model]
    return {
        "name": recipe,
        **config["recipes"][recipe],
        **{key: sizes[key] for key in ("learning_rate", "max_epochs")},
    }


def device_kind(config: Config) -> str:
    """``cpu`` or ``cuda``; ``auto`` is a GPU where the machine has a driver for one."""
    kind: str = config["device"]
    if kind == "auto":
        return "cuda" if Path("/dev/nvidiactl").exists() else "cpu"
    return kind


def labels(config: Config, scale: str) -> dict[str, str]:
    """How figures and tables call the models and data sets of a scale."""
    sizes = config["scales"][scale]
    models = {name: config["models"][name]["label"] for name in sizes["models"]}
    return models | {name: entry["label"] for name, entry in sizes["datasets"].items()}


def figures(config: Config, scale: str) -> list[str]:
    """The figures of a scale: those that draw an experiment which it has."""
    drawn = config["figures"]["drawn"]
    return [name for name in drawn if drawn[name]["experiment"] in experiments(config, scale)]


def experiments(config: Config, scale: str) -> list[str]:
    """The experiments of a scale."""
    return list(config["scales"][scale]["experiments"])


def facts(config: Config, scale: str) -> dict[str, float | str]:
    """The settings that the paper may print.

    Returns:
        Numbers and texts, keyed ``models/<model>/<key>`` and ``<experiment>/recipe/<key>``.
    """
    found = {
        f"models/{name}/{key}": value
        for name, sizes in config["scales"][scale]["models"].items()
        for key, value in (sizes | model_spec(config, scale, name)["options"]).items()
        if key != "options"
    }
    for experiment in experiments(config, scale):
        recipe = config["scales"][scale]["experiments"][experiment]["recipe"]
        for key, value in config["recipes"][recipe].items():
            found[f"{experiment}/recipe/{key}"] = value
    return {key: _printable(value) for key, value in found.items()}


def _printable(value: Any) -> float | str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.replace("_", " ") if isinstance(value, str) else float(value)
