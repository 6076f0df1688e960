"""Gaussian noise images with random labels (the rebuttal's two-stage experiment)."""

import numpy as np

from rethinking.data.dataset import Dataset
from rethinking.data.noise import matched_gaussian, random_labelled


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Draw all pixels from a normal distribution and all labels, of the test set too, uniformly.

    Mean and variance of the pixels are those of the data set, channel by channel.
    """
    return random_labelled(dataset, lambda n: matched_gaussian(dataset, n, random), random)
