"""Shuffled pixels (Zhang et al., 2017, §2)."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset


def corrupt(dataset: Dataset, random: np.random.Generator) -> Dataset:
    """Permute the pixels of all training and test images by the same permutation.

    A pixel moves with all its channels; labels stay true.
    """
    channels, height, width = dataset.image_shape
    order = random.permutation(height * width)

    def permute(images: NDArray[Any]) -> NDArray[Any]:
        pixels = images.reshape(len(images), channels, height * width)
        return pixels[:, :, order].reshape(images.shape)

    return replace(
        dataset,
        train_images=permute(dataset.train_images),
        test_images=permute(dataset.test_images),
    )
