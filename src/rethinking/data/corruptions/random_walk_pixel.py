"""A random walk of images with random labels, a pixel at a time (the rebuttal)."""

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.noise import random_labelled, walk


def draw(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """So many images, n×C×H×W, each redrawn from the one before in all channels of one position."""
    return walk(n, dataset.image_shape, random, whole_pixels=True)


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Walk through the training set, and anew through the test set; all labels are uniform."""
    return random_labelled(dataset, draw, random)
