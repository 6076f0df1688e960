"""A random walk of images with random labels, a channel value at a time (the rebuttal's code)."""

import numpy as np

from rethinking.data.dataset import Dataset
from rethinking.data.noise import random_labelled, walk


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Walk from image to image, redrawing one channel of one position at each step.

    Labels are drawn uniformly at each step. The test set is a walk of its own from another start.
    """
    shape = dataset.image_shape
    return random_labelled(dataset, lambda n: walk(n, shape, random, whole_pixels=False), random)
