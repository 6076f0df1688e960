"""The specs of the steps for networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.training.recipe import Recipe

# The seed of the corruptions of example images.
EXAMPLE_SEED = 0


@dataclass(frozen=True)
class Setting:
    """All that determines a trained network, but for its seed.

    For a reference function, ``model`` is its name; for an untrained network, ``condition`` is
    ``untrained``.
    """

    dataset: str
    condition: str
    model: str
    recipe: str


@dataclass(frozen=True)
class TrainSpec:
    """A block of networks."""

    dataset: DatasetSpec  # before corruption
    condition: str
    seeds: list[int]  # of the block
    model: ModelSpec
    recipe: Recipe
    compute: Compute


@dataclass(frozen=True)
class MeasureSpec:
    """One measure of a model's networks, or of reference functions."""

    dataset: DatasetSpec  # before corruption
    conditions: list[str]  # may include untrained
    seeds: list[int]  # of networks or functions
    measure: str  # a module of rethinking.measures
    options: Mapping[str, Any]  # of its ``measure``
    recipe: str  # the recipe's name
    scaling: str  # a key of rethinking.training.inputs.SCALINGS
    crop: int | None  # the side of the view of an image, in pixels; None for whole images
    model: ModelSpec | None  # None for reference functions
    references: list[str]  # the names of reference functions
    compute: Compute


@dataclass(frozen=True)
class TablesSpec:
    """The tables of an experiment."""

    settings: list[Setting]  # of the experiment, with references; others are left out
    seeds: Mapping[str, list[int]]  # in use, for each model or reference; a block may have more
    accuracies: bool  # whether the experiment reports the accuracies of training
    times: bool  # whether it reports times to interpolate


@dataclass(frozen=True)
class ExamplesSpec:
    """Example images of some conditions, all with seed 0."""

    conditions: list[str]
