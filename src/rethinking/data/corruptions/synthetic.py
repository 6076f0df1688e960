"""Synthetic images with random labels (the rebuttal's experiments): noise and random walks."""

from dataclasses import replace

import numpy as np

from rethinking.data.dataset import Dataset
from rethinking.data.noise import draw


def corrupt(dataset: Dataset, random: np.random.Generator, *, kind: str) -> Dataset:
    """Draw all images and, uniformly, all labels, of the test set too.

    ``kind`` is in ``rethinking.names.condition.SYNTHETIC``. The test set has its own walk.
    """
    sizes = len(dataset.train_labels), len(dataset.test_labels)
    train_images, test_images = (draw(kind, dataset, n, random) for n in sizes)
    train_labels, test_labels = (random.integers(dataset.classes, size=n) for n in sizes)
    return replace(
        dataset,
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
    )
