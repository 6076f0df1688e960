"""A walk of half steps, a channel value at a time, with random labels: no neighbours are close."""

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.noise import random_labelled, walk


def draw(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """So many images, n×C×H×W, half a range off the one before in one channel of a position."""
    return walk(n, dataset.image_shape, random, whole_pixels=False, half_step=True)


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Walk through the training set, and anew through the test set; all labels are uniform."""
    return random_labelled(dataset, draw, random)
