"""Partially corrupted labels (Zhang et al., 2017, §2)."""

from dataclasses import replace

import numpy as np

from rethinking.data.dataset import Dataset


def corrupt(dataset: Dataset, random: np.random.Generator, *, level: float) -> Dataset:
    """Replace each training label, with probability ``level``, by a uniform random class.

    The new class may be the true one again, so that a fraction ``level * (1 - 1/K)`` of the labels
    is wrong in expectation; ``level`` 1 gives the paper's random labels. For one seed, the replaced
    labels of a lower level are among those of a higher one. Test labels stay true.
    """
    n = len(dataset.train_labels)
    replaced = random.random(n) < level
    classes = random.integers(dataset.classes, size=n)
    return replace(dataset, train_labels=np.where(replaced, classes, dataset.train_labels))
