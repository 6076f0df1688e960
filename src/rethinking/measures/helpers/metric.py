"""What a measure takes and gives."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from rethinking.errors import InputError

# From N×C×H×W to N×classes, each image by itself.
Function = Callable[[Tensor], Tensor]


NAME = re.compile("[a-z0-9_-]+")


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


def check_name(name: str, where: str) -> None:
    """Refuse the name of a metric or function that LaTeX would not print as it stands.

    Args:
        name: Of a metric, or of a function that was constructed.
        where: Which file gave it, for the error message.

    Raises:
        InputError: It holds something else than lower-case letters, digits, _ and -.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{where} gave the name {name!r}; use a-z, 0-9, _ and - only")
