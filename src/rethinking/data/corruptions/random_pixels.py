"""Random pixels (Zhang et al., 2017, §2)."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Permute the pixels of each image by its own permutation, of the test images too.

    A pixel moves with all its channels, so that every image keeps its histogram; labels stay true.
    """
    return replace(
        dataset,
        train_images=_permute_each(dataset.train_images, random),
        test_images=_permute_each(dataset.test_images, random),
    )


def _permute_each(images: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    n, channels, height, width = images.shape
    order = random.permuted(np.tile(np.arange(height * width), (n, 1)), axis=1)
    pixels = images.reshape(n, channels, height * width)
    return np.take_along_axis(pixels, order[:, None, :], axis=2).reshape(images.shape)
