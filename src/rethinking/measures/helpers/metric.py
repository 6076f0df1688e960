"""The arguments and results of a measure."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

# A map from N×C×H×W to N×classes, for each image separately.
Function = Callable[[Tensor], Tensor]


class NotDefinedError(ValueError):
    """The measure is undefined for this network; the message names the layer."""


@dataclass(frozen=True)
class Metric:
    """One number about one network."""

    name: str  # of the quantity, which the docstring of the measure defines
    value: float  # NaN if the network diverged or the metric is not defined for it
    unit: str = "number"  # a key of rethinking.names.units.UNITS
    points: int | None = None  # the size of the sample, for a share of a sample of images
    x: float = math.nan  # the position on a curve or picture, if the number has one
    y: float = math.nan  # the second coordinate, on a picture
    note: str = ""  # why a number is not defined, or the label of a point (the name of its layer)


@dataclass(frozen=True)
class Subject:
    """A network in evaluation mode, or a reference, and its data, on one device."""

    # From N×C×H×W, scaled as in training, to N×classes logits; an ``nn.Module`` for a network.
    function: Function
    differentiable: bool  # whether derivatives describe its variation; they do not if it jumps
    train_images: Tensor  # N×C×H×W, scaled
    train_labels: Tensor  # N, the labels that it was trained on
    test_images: Tensor  # M×C×H×W, scaled
    test_labels: Tensor  # M
    # The seed of the network. It alone determines the random draws of a measure, so that networks
    # are compared on the same draws.
    seed: int
