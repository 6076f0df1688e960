"""The specs of the steps that make data."""

from dataclasses import dataclass

from rethinking.names.specs import DatasetSpec


@dataclass(frozen=True)
class DownloadSpec:
    """An archive."""

    sha256: str  # of its bytes, in hexadecimal digits


@dataclass(frozen=True)
class ReadSpec:
    """A data set as its source gives it."""

    dataset: DatasetSpec


@dataclass(frozen=True)
class CorruptSpec:
    """A block of corrupted data sets."""

    dataset: DatasetSpec  # before corruption
    condition: str  # the text of a rethinking.names.condition.Condition
    seeds: list[int]
