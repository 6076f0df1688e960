"""The constructed functions of a config: their checks and specs."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from rethinking.constructions.specs import ConstructionSpec, ConstructionTablesSpec, Kernel
from rethinking.errors import InputError
from rethinking.names.condition import parse_condition
from rethinking.study import specs
from rethinking.study.entries import (
    CONSTRUCTION_KEYS,
    Config,
    check_condition,
    check_name,
    check_options,
    check_plugin,
)
from rethinking.study.images import image_shape

TABLES = ("runs", "summary")
# Functions that every kernel construction adds to its table.
SGD = ("sgd_from_zero", "sgd_from_elsewhere")


def check(config: Config, scale: str, key: str, entry: Config) -> None:
    """Raise if a construction names something undefined, or needs more images than there are."""
    sizes = config["scales"][scale]
    module = entry["module"]
    check_plugin(f"{key}.module", "constructions", "construct", module)
    check_options(key, "constructions", module, "construct", entry, CONSTRUCTION_KEYS)
    check_name(f"{key}.dataset", entry["dataset"], sizes["datasets"], f"scales.{scale}.datasets")
    for condition in entry["conditions"]:
        check_condition(f"{key}.conditions", condition)
    available = sizes["datasets"][entry["dataset"]].get("train_images", math.inf)
    if max(entry["images"]) > available:
        raise InputError(
            f"config: {key}.images: {max(entry['images'])} are asked for, of "
            f"{available} (train_images); ask for fewer"
        )
    if max(entry.get("depths", [0])) > min(entry["images"]):
        raise InputError(
            f"config: {key}.depths: {max(entry['depths'])} hidden layers for "
            f"{min(entry['images'])} images; give from 1 to as many"
        )
    for name, fields in entry.get("kernels", {}).items():
        try:
            msgspec.convert(fields, Kernel)
        except (InputError, msgspec.ValidationError) as error:
            raise InputError(f"config: {key}.kernels.{name}: {error}") from error


def check_images(config: Config, scale: str, key: str, entry: Config) -> None:
    """Raise if filters are larger than the images."""
    shape = image_shape(config["scales"][scale]["datasets"][entry["dataset"]])
    for kernel, fields in entry.get("kernels", {}).items():
        side = fields.get("filter_side", 0)
        if shape is not None and side > min(shape[1:]):
            raise InputError(
                f"config: {key}.kernels.{kernel}.filter_side: "
                f"{side} pixels a side do not fit into images of {shape[1]}×{shape[2]}; lower "
                "it"
            )


def entry_of(config: Config, scale: str, construction: str) -> Config:
    """The entry of a construction."""
    entry: Config = config["scales"][scale]["constructions"][construction]
    return entry


def blocks(config: Config, scale: str, construction: str) -> list[int]:
    """The blocks that contain all seeds in use."""
    entry = entry_of(config, scale, construction)
    return list(range(math.ceil(entry["seeds"] / entry["block_size"])))


def module(config: Config, scale: str, construction: str) -> str:
    """The module that makes the functions of a construction."""
    return f"rethinking.constructions.{entry_of(config, scale, construction)['module']}"


def constructed_on(
    config: Config, scale: str, construction: str, block: str
) -> tuple[str, str, list[str], list[int]]:
    """Scale, data set, conditions and seeds of the data of a block."""
    spec = construction_spec(config, scale, construction, int(block))
    return scale, spec.dataset.name, spec.conditions, spec.seeds


def construction_spec(
    config: Config, scale: str, construction: str, block: int
) -> ConstructionSpec:
    """The spec of the functions of a block of seeds."""
    entry = entry_of(config, scale, construction)
    return ConstructionSpec(
        dataset=specs.dataset_spec(config, scale, entry["dataset"]),
        construction=entry["module"],
        options=_options(entry),
        conditions=entry["conditions"],
        seeds=specs.seeds_of_block(block, entry["block_size"]),
        compute=specs.compute(config, scale),
    )


def tables_spec(config: Config, scale: str, construction: str) -> ConstructionTablesSpec:
    """The spec of the tables of a construction."""
    return ConstructionTablesSpec(list(range(entry_of(config, scale, construction)["seeds"])))


def _options(entry: Config) -> dict[str, Any]:
    """The options of ``construct``, without the keys of all constructions."""
    return {key: value for key, value in entry.items() if key not in CONSTRUCTION_KEYS}


def columns(entry: Config) -> Mapping[str, set[Any]]:
    """The values of columns in the tables of a construction, by column; claims may name these."""
    levels = {parse_condition(condition).label_noise for condition in entry["conditions"]}
    kernels = {*entry["kernels"], *SGD} if "kernels" in entry else set()
    return {
        "images": set(entry["images"]),
        "l2": set(entry.get("l2", [])),
        "function": kernels | {f"depth-{depth}" for depth in entry.get("depths", [])},
        "condition": set(entry["conditions"]),
        "label_noise": levels - {None},
    }


def facts(config: Config, scale: str) -> dict[str, Any]:
    """The settings of constructions that the paper may print.

    These are ``<name>/seeds``, ``<name>/largest``, the largest number of images, and all other
    numbers.
    """
    values: dict[str, Any] = {}
    for name, entry in config["scales"][scale].get("constructions", {}).items():
        values |= {f"{name}/seeds": entry["seeds"], f"{name}/largest": max(entry["images"])}
        for key, value in _options(entry).items():
            if isinstance(value, int | float):
                values[f"{name}/{key}"] = value
    return values


def matrices_mb(config: Config, scale: str, construction: str) -> int:
    """The memory of the n × n matrices in ``rethinking.constructions.implicit``, in MB."""
    entry = entry_of(config, scale, construction)
    direct_up_to = entry.get("direct_up_to", 0)
    return int(max(n**2 * (40 if n <= direct_up_to else 8) for n in entry["images"]) // 10**6)
