"""The experiments with class means of a config: checked, and read."""

from collections.abc import Mapping
from typing import Any

from rethinking.class_means.specs import ClassMeansSpec

from rethinking.names.condition import parse_condition
from rethinking.study import specs
from rethinking.study.entries import Config, check_condition, check_name

TABLES = ("runs", "summary")


def check(config: Config, scale: str, key: str, entry: Config) -> None:
    """Refuse an entry that names a data set or a condition that does not exist."""
    datasets = config["scales"][scale]["datasets"]
    check_name(f"{key}.dataset", entry["dataset"], datasets, f"scales.{scale}.datasets")
    for condition in entry["conditions"]:
        check_condition(f"{key}.conditions", condition)


def check_images(config: Config, scale: str, key: str, entry: Config) -> None:
    """Accept all images."""


def columns(entry: Config) -> Mapping[str, set[Any]]:
    """The values of columns that claims may name."""
    levels = {parse_condition(condition).label_noise for condition in entry["conditions"]}
    return {"condition": set(entry["conditions"]), "label_noise": levels - {None}}


def facts(config: Config, scale: str) -> Mapping[str, Any]:
    """The number of seeds of each experiment."""
    entries = config["scales"][scale].get("class_means", {})
    return {f"{name}/seeds": entry["seeds"] for name, entry in entries.items()}


def class_means_spec(config: Config, scale: str, experiment: str) -> ClassMeansSpec:
    """The spec of the classifiers of an experiment."""
    entry = config["scales"][scale]["class_means"][experiment]
    return ClassMeansSpec(
        dataset=specs.dataset_spec(config, scale, entry["dataset"]),
        conditions=entry["conditions"],
        seeds=list(range(entry["seeds"])),
    )


def averaged(config: Config, scale: str, means: str) -> tuple[str, str, list[str], list[int]]:
    """Scale, data set, conditions and seeds of the data of an experiment."""
    spec = class_means_spec(config, scale, means)
    return scale, spec.dataset.name, spec.conditions, spec.seeds
