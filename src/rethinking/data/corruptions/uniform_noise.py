"""Uniform noise images with random labels (the rebuttal's two-stage experiment)."""

import numpy as np

from rethinking.data.dataset import Dataset
from rethinking.data.noise import random_labelled, uniform


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Draw all pixels uniformly from the 256 bytes, and all labels, of the test set too."""
    return random_labelled(dataset, lambda n: uniform(n, dataset.image_shape, random), random)
