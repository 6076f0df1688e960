"""The control for ``random_walk_pixel``: the same values at each place, in no order."""

import numpy as np
from numpy.typing import NDArray

from rethinking.data.corruptions import random_walk_pixel
from rethinking.data.dataset import Dataset
from rethinking.data.noise import marginals, random_labelled


def draw(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """The images of a walk, n×C×H×W, with the values of each place permuted by themselves."""
    return marginals(random_walk_pixel.draw(dataset, n, random), random)


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Make both sets of a walk each; all labels, of the test set too, are uniform."""
    return random_labelled(dataset, draw, random)
