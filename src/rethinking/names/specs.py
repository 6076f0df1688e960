"""What determines data, networks and arithmetic; steps of every kind are told these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DatasetSpec:
    """A data set before corruption.

    Attributes:
        name: Its key in the config.
        source: A module of ``rethinking.data.sources``.
        options: Of its ``load``, but for where the data lie, which changes no result.
        fingerprint: A hash of the user's own files; None for archives, known by their checksums.
    """

    name: str
    source: str
    options: Mapping[str, Any]
    fingerprint: str | None = None


@dataclass(frozen=True)
class ModelSpec:
    """A network before it is trained, but for its seed.

    Attributes:
        name: Its key in the config.
        module: A module of ``rethinking.models``.
        options: Of its ``build``.
    """

    name: str
    module: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Compute:
    """The arithmetic of a step; rounding depends on all of it.

    Attributes:
        device: ``cpu`` or ``cuda``.
        threads: CPU threads.
        precision: Of activations and products in training: ``float32`` or ``bfloat16``.
        compiled: Whether torch compiles the steps of training.
    """

    device: str
    threads: int
    precision: str = "float32"
    compiled: bool = False
