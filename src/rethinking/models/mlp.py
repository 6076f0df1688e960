"""Multilayer perceptrons (Zhang et al., 2017, §A.1: 1×512 and 3×512)."""

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import nn

from rethinking.models.he import he_initialise
from rethinking.names.options import Count, Probability


def build(
    shape: tuple[int, int, int],
    classes: int,
    *,
    hidden: Sequence[Count],
    dropout: Probability = 0.0,
) -> nn.Module:
    """Fully connected layers with ReLU between them.

    Args:
        shape: Channels, height and width of an image.
        classes: The number of logits.
        hidden: The width of each hidden layer.
        dropout: The probability with which a hidden unit is dropped in training.
    """
    widths = [prod(shape), *hidden]
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return he_initialise(nn.Sequential(*layers, nn.Linear(widths[-1], classes)))
