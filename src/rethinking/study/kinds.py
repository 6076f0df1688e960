"""The experiments of a scale, of whatever kind, and what each kind knows of the config."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from rethinking.names.kinds import kinds, load_kind
from rethinking.study.entries import Config


class KindStudy(Protocol):
    """What a module ``rethinking.<kind>.study`` has.

    Attributes:
        TABLES: The tables that experiments of this kind have, or can have.
    """

    TABLES: Sequence[str]

    def check(self, config: Config, scale: str, key: str, entry: Config) -> None:
        """Refuse an entry with a mistake; ``key`` leads to it in error messages."""

    def check_images(self, config: Config, scale: str, key: str, entry: Config) -> None:
        """Refuse an entry that does not suit the images, which are at hand at this scale."""

    def columns(self, entry: Config) -> Mapping[str, set[Any]]:
        """What an entry puts into columns of its tables: the values that claims may name."""

    def facts(self, config: Config, scale: str) -> Mapping[str, Any]:
        """The settings of all experiments of this kind that the paper may print, by key."""


def study_of(kind: str) -> KindStudy:
    """What a kind knows of the config."""
    return cast(KindStudy, importlib.import_module(f"rethinking.{kind}.study"))


def section(config: Config, scale: str, kind: str) -> Config:
    """The experiments of a kind at a scale, by name."""
    found: Config = config["scales"][scale].get(load_kind(kind).SECTION, {})
    return found


def experiments(config: Config, scale: str) -> dict[str, str]:
    """All experiments of a scale, name to kind, by name: the order of config files is chance."""
    found = {name: kind for kind in kinds() for name in section(config, scale, kind)}
    return dict(sorted(found.items()))


def entry_of(config: Config, scale: str, experiment: str) -> Config:
    """The entry of an experiment."""
    entry: Config = section(config, scale, experiments(config, scale)[experiment])[experiment]
    return entry


def all_names(config: Config) -> set[str]:
    """The experiments of all scales."""
    return {name for scale in config["scales"] for name in experiments(config, scale)}


def twice(config: Config, scale: str) -> Iterable[str]:
    """The names of several experiments of a scale."""
    names = [name for kind in kinds() for name in section(config, scale, kind)]
    return sorted(name for name in set(names) if names.count(name) > 1)


def facts(config: Config, scale: str) -> dict[str, float | str]:
    """The settings that the paper may print, of all kinds; 1 for each ``experiments/<name>``."""
    found: dict[str, Any] = {}
    for kind in kinds():
        found |= study_of(kind).facts(config, scale)
    found |= {f"experiments/{name}": 1 for name in experiments(config, scale)}
    return {key: _printable(value) for key, value in found.items()}


def _printable(value: Any) -> float | str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.replace("_", " ") if isinstance(value, str) else float(value)
