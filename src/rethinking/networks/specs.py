"""What the steps about networks are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rethinking.names.specs import Compute, DatasetSpec, ModelSpec
from rethinking.training.recipe import Recipe


@dataclass(frozen=True)
class Setting:
    """What networks are trained on and how: all of a network but its seed.

    Of a reference function ``model`` is its name; of an untrained network ``condition`` is
    ``untrained``.
    """

    dataset: str
    condition: str
    model: str
    recipe: str


@dataclass(frozen=True)
class TrainSpec:
    """A block of networks.

    Attributes:
        dataset: Before corruption.
        condition: Of the data.
        seeds: Of the block.
        model: The network.
        recipe: How it is trained.
        compute: On what.
    """

    dataset: DatasetSpec
    condition: str
    seeds: list[int]
    model: ModelSpec
    recipe: Recipe
    compute: Compute


@dataclass(frozen=True)
class MeasureSpec:
    """One measure of a model's networks, or of reference functions.

    Attributes:
        dataset: Before corruption.
        conditions: Under which they are measured; may include ``untrained``.
        seeds: Of networks or functions.
        measure: A module of ``rethinking.measures``.
        options: Of its ``measure``.
        recipe: The recipe's name.
        scaling: A key of ``rethinking.training.inputs.SCALINGS``.
        crop: Pixels a side of what they see; None for whole images.
        model: The network; None where reference functions are measured.
        references: The names of those.
        compute: On what.
    """

    dataset: DatasetSpec
    conditions: list[str]
    seeds: list[int]
    measure: str
    options: Mapping[str, Any]
    recipe: str
    scaling: str
    crop: int | None
    model: ModelSpec | None
    references: list[str]
    compute: Compute


@dataclass(frozen=True)
class TablesSpec:
    """The tables of an experiment.

    Attributes:
        settings: Of the experiment, references included; others are left out.
        seeds: For each model (or reference) those in use; a block may hold more.
        accuracies: Whether the experiment reports the accuracies of training.
        times: Whether it is about times to interpolate.
    """

    settings: list[Setting]
    seeds: Mapping[str, list[int]]
    accuracies: bool
    times: bool


@dataclass(frozen=True)
class ExamplesSpec:
    """Example images: the conditions that are shown, all with seed 0."""

    conditions: list[str]
