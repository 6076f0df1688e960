"""Gaussian noise images with random labels (the rebuttal's two-stage experiment)."""

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.noise import matched_gaussian, random_labelled


def draw(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.float32]:
    """So many images, n×C×H×W, of normal pixels with the data set's moments, channel by channel."""
    return matched_gaussian(dataset, n, random)


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Draw all images, and all labels, of the test set too, uniformly."""
    return random_labelled(dataset, draw, random)
