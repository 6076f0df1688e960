"""Gaussian images (Zhang et al., 2017, §2)."""

from dataclasses import replace

import numpy as np

from rethinking.data.dataset import Dataset
from rethinking.data.noise import matched_gaussian


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Draw all pixels from the normal distribution with the mean and variance of the data set.

    Labels stay true, but are independent of the images.
    """
    return replace(
        dataset,
        train_images=matched_gaussian(dataset, len(dataset.train_labels), random),
        test_images=matched_gaussian(dataset, len(dataset.test_labels), random),
    )
