"""What the steps that make data are told."""

from dataclasses import dataclass

from rethinking.names.specs import DatasetSpec


@dataclass(frozen=True)
class DownloadSpec:
    """An archive.

    Attributes:
        sha256: Of its bytes, in hexadecimal digits.
    """

    sha256: str


@dataclass(frozen=True)
class ReadSpec:
    """A data set as its source has it."""

    dataset: DatasetSpec


@dataclass(frozen=True)
class CorruptSpec:
    """A block of corrupted data sets.

    Attributes:
        dataset: Before corruption.
        condition: See ``rethinking.names.condition.parse_condition``.
        seeds: Of the block.
    """

    dataset: DatasetSpec
    condition: str
    seeds: list[int]
