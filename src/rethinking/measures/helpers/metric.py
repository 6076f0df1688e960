"""The arguments and results of a measure."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

from torch import Tensor

from rethinking.errors import InputError
from rethinking.names.units import UNITS

# From N×C×H×W to N×classes, each image by itself.
Function = Callable[[Tensor], Tensor]

NAME = re.compile("[a-z0-9_-]+")


class NotDefinedError(ValueError):
    """The measure is undefined for this network; the message names the layer."""


@dataclass(frozen=True)
class Metric:
    """One number about one network.

    Attributes:
        name: Of the quantity, which the docstring of the measure defines.
        value: The number; NaN where the network diverged or the metric is not defined for it.
        unit: A key of ``rethinking.names.units.UNITS``.
        points: For a share of a sample of images, its size; None for all else.
        x: Its place on a curve or picture; NaN for a number on neither.
        y: The second coordinate of a picture.
        note: Of a number, why it is not defined; of a point, a label (the name of its layer).
    """

    name: str
    value: float
    unit: str = "number"
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
        seed: Of the network. Random draws of a measure depend on it and on nothing else, so that
            networks are compared on the same draws.
    """

    function: Function
    differentiable: bool
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    seed: int


def check_metric(metric: object, where: str) -> None:
    """Refuse what no table could hold, before another step reads it.

    Args:
        metric: One result of a measure.
        where: The file and function that gave it, for the error message.

    Raises:
        InputError: It is no :class:`Metric`, or its value is no number, or its unit is unknown.
    """
    if not isinstance(metric, Metric):
        raise InputError(f"{where} gave {metric!r}; give a list of Metric")
    value: object = metric.value
    if not isinstance(value, Real):
        kind = type(value).__name__
        raise InputError(f"{where} gave a {kind} as value of {metric.name}; give float(…) of it")
    if metric.unit not in UNITS:
        raise InputError(
            f"{where} gave {metric.name} the unit {metric.unit!r}; known: {', '.join(UNITS)}"
        )
    check_name(metric.name, where)


def check_name(name: str, where: str) -> None:
    """Refuse the name of a metric or function that LaTeX would not print as it stands.

    Args:
        name: Of a metric, or of a function that was constructed.
        where: The file and function that gave it, for the error message.

    Raises:
        InputError: It holds something else than lower-case letters, digits, _ and -.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{where} gave the name {name!r}; use a-z, 0-9, _ and - only")
