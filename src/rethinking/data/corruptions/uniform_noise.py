"""Uniform noise images with random labels (the rebuttal's two-stage experiment)."""

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.data.noise import random_labelled, uniform


def draw(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """So many images, n×C×H×W, whose pixels are uniform among the 256 bytes."""
    return uniform(n, dataset.image_shape, random)


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Draw all images, and all labels, of the test set too, uniformly."""
    return random_labelled(dataset, draw, random)
