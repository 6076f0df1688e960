"""The experiments of a scale, of all kinds, and the interface of each kind to the config."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

from rethinking.names.kinds import kinds, load_kind
from rethinking.study.entries import Config


class KindStudy(Protocol):
    """The interface of a module ``rethinking.<kind>.study``.

    ``check`` and ``check_images`` take the merged config, one of its scales, the path of an
    experiment's entry for error messages, and this entry; both raise InputError at the first
    mistake.
    """

    TABLES: Sequence[str]  # the tables that experiments of this kind have, or can have

    def check(self, config: Config, scale: str, key: str, entry: Config) -> None:
        """Raise if an entry names something undefined, or its results could not be compared."""

    def check_images(self, config: Config, scale: str, key: str, entry: Config) -> None:
        """Raise if an entry does not fit the images of the data set, which are on this machine."""

    def columns(self, entry: Config) -> Mapping[str, set[Any]]:
        """The values of columns in the tables of an entry, by column; claims may name these."""

    def facts(self, config: Config, scale: str) -> Mapping[str, Any]:
        """The settings of all experiments of this kind that the paper may print, by key."""


def study_of(kind: str) -> KindStudy:
    """The module of a kind that reads the config."""
    return cast(KindStudy, importlib.import_module(f"rethinking.{kind}.study"))


def kind_modules(config: Config, scale: str) -> list[str]:
    """The modules through which shared steps read the rows of the kinds of a scale."""
    return [f"rethinking.{kind}.kind" for kind in kinds() if section(config, scale, kind)]


def section(config: Config, scale: str, kind: str) -> Config:
    """The experiments of a kind at a scale, by name."""
    experiments_of_kind: Config = config["scales"][scale].get(load_kind(kind).SECTION, {})
    return experiments_of_kind


def entries(config: Config, scale: str) -> Iterator[tuple[str, str, Config]]:
    """The kind, name and entry of each experiment of a scale."""
    for kind in kinds():
        for name, entry in section(config, scale, kind).items():
            yield kind, name, entry


def experiments(config: Config, scale: str) -> dict[str, str]:
    """The kind of each experiment of a scale, sorted by name: config files have any order."""
    return dict(sorted((name, kind) for kind, name, _ in entries(config, scale)))


def entry_of(config: Config, scale: str, experiment: str) -> Config:
    """The entry of an experiment."""
    return {name: entry for _, name, entry in entries(config, scale)}[experiment]


def all_names(config: Config) -> set[str]:
    """The experiments of all scales."""
    return {name for scale in config["scales"] for name in experiments(config, scale)}


def facts(config: Config, scale: str) -> dict[str, float | str]:
    """The settings that the paper may print, of all kinds; 1 for each ``experiments/<name>``."""
    values: dict[str, Any] = {}
    for kind in kinds():
        values |= study_of(kind).facts(config, scale)
    values |= {f"experiments/{name}": 1 for name in experiments(config, scale)}
    return {key: _printable(value) for key, value in values.items()}


def _printable(value: Any) -> float | str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.replace("_", " ") if isinstance(value, str) else float(value)
