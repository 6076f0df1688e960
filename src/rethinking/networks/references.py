"""What networks are held against: functions of the same data that were not learned."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from rethinking.files import write_rows
from rethinking.measures.helpers.interpolants import (
    nearest_neighbour,
    nearest_neighbour_distance,
    shepard,
    white_noise,
)
from rethinking.measures.helpers.metric import Function
from rethinking.networks.measure import COLUMNS, data_of, measured, rows_of
from rethinking.seeds import derive_seed

# The others jump: derivatives say nothing of them.
DIFFERENTIABLE = ("shepard",)


def measure_references(
    dataset: Path, corrupted: Sequence[Path], table: Path, spec: Mapping[str, Any]
) -> None:
    """Apply one measure to functions that fit the data without a network; write a tidy table.

    Args:
        dataset: The uncorrupted data.
        corrupted: What a condition changes, for each condition and in it for each seed.
        table: A CSV with :data:`COLUMNS`, one row for each condition, reference, seed, and metric
            or point; the reference's name stands for the model.
        spec: The job's spec; read here are ``measure``, ``options``, ``seeds``, ``dataset``,
            ``conditions``, ``references``, ``recipe``, ``device``, ``threads``.

    Raises:
        InputError: A file is damaged or the device is not there.
    """

    def rows() -> Iterator[list[Any]]:
        for condition, seed, changed, data in data_of(dataset, corrupted, spec):
            for name in spec["references"]:
                images, labels = data.train_images[0], data.train_labels[0]
                function = interpolant(name, images, labels, changed.classes, seed)
                metrics = measured(function, name in DIFFERENTIABLE, data, spec, seed)
                yield from rows_of(metrics, spec, condition, name, seed)

    write_rows(table, COLUMNS, rows())


def interpolant(name: str, images: Tensor, labels: Tensor, classes: int, seed: int) -> Function:
    """A function that fits labels without a network.

    Args:
        name: ``nearest_neighbour``; ``shepard``, with half the median distance of nearest
            neighbours for its bandwidth; ``white_noise``, which fits none.
        images: Of training, N×C×H×W, scaled as for networks.
        labels: N.
        classes: How many there are.
        seed: Of the experiment.
    """
    if name == "nearest_neighbour":
        return nearest_neighbour(images, labels, classes)
    if name == "shepard":
        return shepard(images, labels, classes, nearest_neighbour_distance(images) / 2)
    if name == "white_noise":
        return white_noise(classes, derive_seed(seed, "white noise"))
    raise LookupError(f"there is no reference {name}")
