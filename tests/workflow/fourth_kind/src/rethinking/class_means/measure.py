"""Classify test images by the nearest mean of the training images of a class."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rethinking.class_means.specs import ClassMeansSpec

from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import Dataset, load
from rethinking.files import write_rows

COLUMNS = ("dataset", "condition", "seed", "metric", "value", "unit", "points", "note")


def measure_class_means(
    dataset: Path, corrupted: list[Path], table: Path, spec: ClassMeansSpec
) -> None:
    """Write the test accuracy of each classifier.

    Args:
        dataset: The uncorrupted data.
        corrupted: Blocks that hold what the conditions change.
        table: The CSV to write, with :data:`COLUMNS`.
        spec: The conditions and seeds.
    """
    base = load(dataset)
    blocks = find_corrupted(corrupted)

    def rows() -> Iterator[list[Any]]:
        for condition, seed in itertools.product(spec.conditions, spec.seeds):
            data = load_corrupted(blocks[condition, seed], base, seed)
            keys = [spec.dataset.name, condition, seed]
            value, points = accuracy(data), len(data.test_labels)
            yield [*keys, "test_accuracy", value, "share", points, ""]

    write_rows(table, COLUMNS, rows())


def accuracy(data: Dataset) -> float:
    """The share of test images whose nearest class mean is that of their class."""
    train = data.train_images.reshape(len(data.train_images), -1).astype(float)
    test = data.test_images.reshape(len(data.test_images), -1).astype(float)
    means = [train[data.train_labels == label].mean(axis=0) for label in range(data.classes)]
    distances = np.square(test[:, np.newaxis] - np.array(means)).sum(axis=2)
    return float((distances.argmin(axis=1) == data.test_labels).mean())
