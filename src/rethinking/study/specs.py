"""Specs of data, networks and arithmetic for all kinds of experiment, from the config."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rethinking.data.specs import CorruptSpec
from rethinking.names.condition import corruption_module
from rethinking.names.recipe import base_of, regularizers_of
from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.study.entries import DATASET_KEYS, MEASURE_KEYS, MODEL_KEYS, Config
from rethinking.study.images import archives_of, fingerprint
from rethinking.study.machine import device_kind, precision
from rethinking.study.paths import PLACES
from rethinking.training.recipe import Recipe


def dataset_spec(config: Config, scale: str, dataset: str) -> DatasetSpec:
    """The spec of uncorrupted data; it depends on the user's files, but not on their place."""
    entry = config["scales"][scale]["datasets"][dataset]
    options = {k: value for k, value in entry.items() if k not in DATASET_KEYS | PLACES}
    path = entry.get("path")
    hashed = None if path is None else fingerprint(Path(path), entry["source"])
    return DatasetSpec(dataset, entry["source"], options, hashed)


def archives(config: Config, scale: str, dataset: str) -> list[Path]:
    """The archives of a data set: in the folder that the config names, or as downloaded."""
    entry = config["scales"][scale]["datasets"][dataset]
    source = entry["source"]
    folder = Path(entry.get("archives", Path(config["results_dir"], "downloads", source)))
    return [folder / name for name in archives_of(source)]


def data_modules(config: Config, scale: str, dataset: str, conditions: Iterable[str]) -> list[str]:
    """The modules that make data under some conditions."""
    names = {corruption_module(condition.partition("-")[0]) for condition in conditions}
    return [
        "rethinking.data.read",
        *(["rethinking.data.corrupt"] if names else []),
        f"rethinking.data.sources.{config['scales'][scale]['datasets'][dataset]['source']}",
        *(f"rethinking.data.corruptions.{name}" for name in sorted(names)),
    ]


def corrupt_spec(
    config: Config, scale: str, dataset: str, condition: str, block: int
) -> CorruptSpec:
    """The spec of a block of corrupted data sets."""
    seeds_in_block = seeds_of_block(block, data_block_size(config, scale, dataset))
    return CorruptSpec(dataset_spec(config, scale, dataset), condition, seeds_in_block)


def model_module(config: Config, model: str) -> str:
    """The module of a model's architecture."""
    return f"rethinking.models.{config['models'][model]['module']}"


def model_spec(config: Config, scale: str, model: str, recipe: str = "") -> ModelSpec:
    """The spec of an untrained network; a recipe's dropout is part of the network."""
    entry = config["models"][model] | config["scales"][scale]["models"][model].get("options", {})
    if "dropout" in regularizers_of(recipe):
        entry |= {"dropout": config["scales"][scale]["regularizers"]["dropout"]}
    options = {key: value for key, value in entry.items() if key not in MODEL_KEYS}
    return ModelSpec(model, entry["module"], options)


def recipe_spec(config: Config, scale: str, model: str, recipe: str) -> Recipe:
    """The recipe of a network, with the sizes of its model and scale."""
    sizes, base = config["scales"][scale], base_of(recipe)
    strengths: dict[str, Any] = {
        name: sizes["regularizers"][name] for name in regularizers_of(recipe) if name != "dropout"
    }
    trained = sizes["models"][model]["recipes"][base]
    return Recipe(
        **{"name": recipe, **config["recipes"][base], **trained} | strengths,
        crop=crop(config, scale, model),
    )


def crop(config: Config, scale: str, model: str) -> int | None:
    """The side of a network's view in pixels; None for whole images."""
    side: int | None = config["scales"][scale]["models"][model].get("crop")
    return side


def compute(config: Config, scale: str, model: str | None = None) -> Compute:
    """The arithmetic of a step, which trains a model if one is given."""
    device, threads = device_kind(config), config["threads"]
    if model is None:
        return Compute(device, threads)
    width = model_spec(config, scale, model).options.get("width_factor", 0)
    return Compute(device, threads, precision(config, width), config["compile"])


def measure_options(config: Config, scale: str, measure: str) -> Mapping[str, Any]:
    """The options of a measure at a scale."""
    entry = config["scales"][scale].get("measures", {}).get(measure, {})
    return {key: value for key, value in entry.items() if key not in MEASURE_KEYS}


def seeds(config: Config, scale: str, model: str) -> list[int]:
    """The seeds of a model that tables and figures use."""
    return list(range(config["scales"][scale]["models"][model]["seeds"]))


def blocks(config: Config, scale: str, model: str) -> list[int]:
    """The blocks of a model that contain all seeds in use."""
    entry = config["scales"][scale]["models"][model]
    return list(range(math.ceil(entry["seeds"] / entry["block_size"])))


def block_seeds(config: Config, scale: str, model: str, block: int) -> list[int]:
    """The seeds of a model that train together in a block, in use or not."""
    return seeds_of_block(block, config["scales"][scale]["models"][model]["block_size"])


def seeds_of_block(block: int, size: int) -> list[int]:
    """The seeds of a block; blocks are always complete, so more seeds leave old blocks valid."""
    return list(range(block * size, (block + 1) * size))


def corrupted_files(
    config: Config,
    pattern: str,
    scale: str,
    dataset: str,
    conditions: Iterable[str],
    seeds: Iterable[int],
) -> list[str]:
    """The files of a data set under some conditions, of the blocks that contain some seeds.

    ``pattern`` is their path, with ``{scale}``, ``{dataset}``, ``{condition}`` and ``{block}``.
    """
    size = data_block_size(config, scale, dataset)
    return [
        pattern.format(scale=scale, dataset=dataset, condition=condition, block=block)
        for condition in dict.fromkeys(conditions)
        for block in dict.fromkeys(seed // size for seed in seeds)
    ]


def data_block_size(config: Config, scale: str, dataset: str) -> int:
    """The number of seeds in a file of corrupted data."""
    size: int = config["scales"][scale]["datasets"][dataset].get("block_size", 1)
    return size
