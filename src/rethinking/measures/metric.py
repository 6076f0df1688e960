"""What a measure takes and gives."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

# From N×C×H×W to N×classes, each image by itself.
Function = Callable[[Tensor], Tensor]


class NotDefinedError(ValueError):
    """A measure has no meaning for a network; the message says through what."""


@dataclass(frozen=True)
class Metric:
    """One number about one network.

    Attributes:
        name: What it is; its unit stands in the docstring of the measure.
        value: The number; NaN where the network diverged or the metric is not defined for it.
        points: For a share of a sample of images, its size; None for all else.
        x: Where on a curve or picture it lies; NaN for a number that stands by itself.
        y: The second coordinate of a picture.
        note: Of a number, why it is not defined; of a point, what it belongs to (a layer's name).
    """

    name: str
    value: float
    points: int | None = None
    x: float = math.nan
    y: float = math.nan
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """A network in evaluation mode, or a reference, and its data, on one device.

    Attributes:
        function: From N×C×H×W, scaled as in training, to N×classes logits; an ``nn.Module`` if it
            is a network.
        differentiable: Whether its derivatives say how it varies; they do not if it jumps.
        train_images: N×C×H×W, scaled.
        train_labels: N, the labels it was trained on.
        test_images: M×C×H×W, scaled.
        test_labels: M.
        seed: Of the network; what a measure draws at random depends on it and on nothing else, so
            that networks are compared on the same draws.
    """

    function: Function
    differentiable: bool
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    seed: int
