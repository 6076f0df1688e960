"""The unchanged data set (Zhang et al., 2017, §2)."""

import numpy as np

from rethinking.data.dataset import Dataset


def corrupt(dataset: Dataset, _random: np.random.Generator) -> Dataset:
    """Return the data set unchanged."""
    return dataset
