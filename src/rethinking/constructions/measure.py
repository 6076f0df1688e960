"""Functions that fit labels without training a network: make them, and measure them."""

import importlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import write_rows
from rethinking.measures.helpers.metric import Metric, check_name
from rethinking.seeds import derive_seed
from rethinking.training.device import use_device

log = logging.getLogger(__name__)

KEYS = ("dataset", "condition", "function", "images", "l2", "seed")
COLUMNS = (*KEYS, "x", "metric", "value", "points", "note")


@dataclass(frozen=True)
class Measured:
    """One number about one function.

    Attributes:
        function: What was made.
        images: On how many images.
        metric: The number; its ``x`` is where on a curve it lies.
        l2: The penalty, NaN where there is none to choose.
    """

    function: str
    images: int
    metric: Metric
    l2: float = float("nan")


def measure_construction(
    dataset: Path, corrupted: Sequence[Path], table: Path, spec: Mapping[str, Any]
) -> None:
    """Make the functions of a construction for each condition and seed; write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: What a condition changes, for each condition and in it for each seed.
        table: A CSV with :data:`COLUMNS`.
        spec: The job's spec; read here are ``construction``, ``options``, ``seeds``, ``dataset``,
            ``conditions``, ``device``, ``threads``.

    Raises:
        InputError: A file is damaged, the device is not there, or images are too few.
    """
    device = use_device(spec["device"], spec["threads"])
    module = importlib.import_module(f"rethinking.constructions.{spec['construction']}")
    base = load(dataset)
    where = f"src/rethinking/constructions/{spec['construction']}.py: construct"

    def rows() -> Iterator[list[Any]]:
        each = [(one, seed) for one in spec["conditions"] for seed in spec["seeds"]]
        for (condition, seed), path in zip(each, corrupted, strict=True):
            found = module.construct(load(path, base), seed, device, **spec["options"])
            if not found or not all(isinstance(one, Measured) for one in found):
                raise InputError(
                    f"{where} gave {found!r:.60}; give a list of "
                    "rethinking.constructions.measure.Measured"
                )
            for one in found:
                for name in (one.function, one.metric.name):
                    check_name(name, where)
                metric, of = one.metric, [one.function, one.images, one.l2]
                keys = [spec["dataset"]["name"], condition, *of, seed, metric.x]
                yield [*keys, metric.name, metric.value, metric.points, metric.note]
            log.info("%s, seed %d: %d numbers", condition, seed, len(found))

    write_rows(table, COLUMNS, rows())


def subsets(dataset: Dataset, sizes: Sequence[int], seed: int) -> Iterator[Dataset]:
    """Some training images, drawn with a seed; smaller subsets are parts of larger ones.

    Of images that are the same, the first is kept: no function gives them different labels.

    Raises:
        InputError: There are fewer different images than asked for.
    """
    rows = dataset.train_images.reshape(len(dataset.train_images), -1)
    _, first = np.unique(rows, axis=0, return_index=True)
    order = np.random.default_rng(derive_seed(seed, "subset")).permutation(np.sort(first))
    if max(sizes) > len(order):
        raise InputError(
            f"images: {max(sizes)} asked for, {len(order)} different ones there; ask for fewer"
        )
    for size in sizes:
        chosen = order[:size]
        yield Dataset(
            train_images=dataset.train_images[chosen],
            train_labels=dataset.train_labels[chosen],
            test_images=dataset.test_images,
            test_labels=dataset.test_labels,
            class_names=dataset.class_names,
        )
