"""Specs of data, networks and arithmetic, for all kinds of experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DatasetSpec:
    """A data set before corruption."""

    name: str  # its key in the config
    source: str  # a module of rethinking.data.sources
    # Of the source's ``load``, without the place of the data, which changes no result.
    options: Mapping[str, Any]
    # A hash of the user's own files; None for archives, whose checksums the source declares.
    fingerprint: str | None = None


@dataclass(frozen=True)
class ModelSpec:
    """A network before training, but for its seed."""

    name: str  # its key in the config
    module: str  # a module of rethinking.models
    options: Mapping[str, Any]  # of the module's ``build``


@dataclass(frozen=True)
class Compute:
    """The arithmetic of a step; rounding depends on all of it."""

    device: str  # cpu or cuda
    threads: int  # CPU threads
    precision: str = "float32"  # of activations and products in training; or bfloat16
    compiled: bool = False  # whether torch compiles the training steps
