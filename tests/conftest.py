"""What many tests share."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from rethinking.data.dataset import Dataset

# Tests run side by side, one on each core.
torch.set_num_threads(1)

ROOT = Path(__file__).parents[1]
# Names that a reader might take for something else: for nothing, for a number, or for markup.
NAMES = ["NA", "EU", "nan", "null", "None", "none", "01", "1e3", "True", "-", "a, b", 'a "b"', " é"]
NAMES += [
    "$0_$10",
    "$10_$20",
    "$0-$10",
    "$1",
    "a\\$b$",
    "#1 & 2 %",
    "x^{2}~",
    "*x* `y`_ |z|",
    "<b>&amp;",
]


def pytest_collection_modifyitems(items):
    """Long ones first, so that workers that run side by side end at about the same time."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)


@pytest.fixture(autouse=True)
def process_as_it_was():
    """Undo what commands and jobs do to the environment and the arithmetic of their process."""
    environment = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(environment)
    torch.set_flush_denormal(False)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


def make_dataset(n=60, m=20, shape=(2, 4, 3), classes=5, seed=0):
    """A small made-up data set; pixels are distinct enough to follow them."""
    random = np.random.default_rng(seed)
    return Dataset(
        train_images=random.integers(256, size=(n, *shape), dtype=np.uint8),
        train_labels=random.integers(classes, size=n),
        test_images=random.integers(256, size=(m, *shape), dtype=np.uint8),
        test_labels=random.integers(classes, size=m),
        class_names=tuple("abcdefghij"[:classes]),
    )


@pytest.fixture
def dataset():
    return make_dataset()
