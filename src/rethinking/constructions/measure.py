"""Construct functions that fit labels without training of a network, and measure them."""

import importlib
import itertools
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rethinking.constructions.specs import ConstructionSpec
from rethinking.data.corrupt import find_corrupted, load_corrupted
from rethinking.data.dataset import Dataset, load
from rethinking.errors import InputError
from rethinking.files import write_rows
from rethinking.measures.helpers.checks import check_metric, check_name
from rethinking.measures.helpers.metric import Metric
from rethinking.seeds import derive_seed
from rethinking.training.device import use_device

log = logging.getLogger(__name__)

KEYS = ("dataset", "condition", "function", "images", "l2", "seed")
COLUMNS = (*KEYS, "x", "metric", "value", "unit", "points", "note")


@dataclass(frozen=True)
class Measured:
    """One number about one function."""

    function: str  # its name
    images: int  # the number of images that it fits
    metric: Metric  # the number; its ``x`` is the position on a curve
    l2: float = float("nan")  # the penalty; NaN for functions without one


def measure_construction(
    dataset: Path, corrupted: list[Path], table: Path, spec: ConstructionSpec
) -> None:
    """Make the functions of a construction for each condition and seed; write a table.

    ``corrupted`` are blocks with the corrupted arrays; the table has :data:`COLUMNS`.
    """
    device = use_device(spec.compute)
    module = importlib.import_module(f"rethinking.constructions.{spec.construction}")
    where = f"src/rethinking/constructions/{spec.construction}.py: construct"
    base = load(dataset)
    blocks = find_corrupted(corrupted)

    def rows() -> Iterator[list[Any]]:
        for condition, seed in itertools.product(spec.conditions, spec.seeds):
            changed = load_corrupted(blocks[condition, seed], base, seed)
            results = module.construct(changed, seed, device, **spec.options)
            if not results or not all(isinstance(result, Measured) for result in results):
                raise InputError(
                    f"{where} gave {results!r:.60}; give a list of "
                    "rethinking.constructions.measure.Measured"
                )
            for result in results:
                check_name(result.function, where)
                check_metric(result.metric, where)
                metric, of = result.metric, [result.function, result.images, result.l2]
                keys = [spec.dataset.name, condition, *of, seed, metric.x]
                yield [*keys, metric.name, metric.value, metric.unit, metric.points, metric.note]
            log.info("%s, seed %d: %d numbers", condition, seed, len(results))

    write_rows(table, COLUMNS, rows())


def subsets(dataset: Dataset, sizes: Sequence[int], seed: int) -> Iterator[Dataset]:
    """Random training images of a data set; smaller subsets are parts of larger ones.

    Of equal images the first is kept, because no function gives them different labels. Too few
    different images raise InputError.
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
        yield replace(
            dataset,
            train_images=dataset.train_images[chosen],
            train_labels=dataset.train_labels[chosen],
        )
