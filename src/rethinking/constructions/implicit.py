"""Generalisation of solutions of least norm (Zhang et al., 2017, §5)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from rethinking.constructions.kernels import gram
from rethinking.constructions.measure import Measured, subsets
from rethinking.constructions.min_norm import (
    Solution,
    decompose,
    sgd_distances,
    solve_direct,
    solve_iterative,
)
from rethinking.constructions.specs import Kernel
from rethinking.data.dataset import Dataset
from rethinking.measures.helpers.metric import Metric
from rethinking.names.options import Count, Natural, Penalties, Positive, Sizes
from rethinking.seeds import derive_seed

log = logging.getLogger(__name__)

NOT_CONVERGED = "conjugate gradients did not converge"
# A linear problem with four times as many weights as points, normally distributed: the condition of
# its Gram matrix is about ((1 + √¼) / (1 − √¼))² = 9 (Marchenko & Pastur, 1967).
POINTS, WEIGHTS, CLASSES = 50, 200, 10
LEARNING_RATE, BATCH_SIZE, EPOCHS = 0.005, 10, 500
# The number of epochs from one point of its curve to the next.
SHOWN = 10


def construct(
    dataset: Dataset,
    seed: int,
    device: torch.device,
    *,
    images: Sizes,
    kernels: Mapping[str, Mapping[str, Any]],
    l2: Penalties,
    direct_up_to: Natural,
    tolerance: Positive,
    max_iterations: Count,
) -> list[Measured]:
    """Solve for functions that fit the labels of some images, and test them on others.

    Up to ``direct_up_to`` images n, the Gram matrix is decomposed in float64, with some 40·n² bytes
    of memory. Beyond that conjugate gradients solve with it in float32, with 4·n² bytes, beside
    4·n·m bytes for m test images.

    Args:
        dataset: The images and their labels, which are fitted one-hot.
        seed: The seed of the subset of images and of convolutional filters.
        device: The device of the matrices.
        images: The numbers of images, n.
        kernels: The fields of ``rethinking.constructions.specs.Kernel`` for each name.
        l2: Penalties, in units of the mean of the diagonal of the Gram matrix; 0 interpolates.
        direct_up_to: The largest number of images for a decomposition of the Gram matrix.
        tolerance: The tolerance of conjugate gradients.
        max_iterations: The largest number of iterations of conjugate gradients.

    Returns:
        For each kernel and penalty ``train_accuracy`` and ``test_accuracy`` (share), ``norm`` and
        ``residual``; for direct solutions with the least penalty also ``rank`` and ``condition``,
        for others ``iterations``. NaN, with a note, if conjugate gradients did not converge. And
        for ``sgd_from_zero`` and ``sgd_from_elsewhere``, on an artificial linear problem, the
        ``distance_to_min_norm`` by epoch.

    Raises:
        InputError: There are too few images, or they do not fit a kernel.
    """
    results = []
    for subset in subsets(dataset, images, seed):
        train, test = map(torch.from_numpy, (subset.train_images, subset.test_images))
        direct = len(train) <= direct_up_to
        dtype = torch.float64 if direct else torch.float32
        targets = one_hot(torch.from_numpy(subset.train_labels), subset.classes).to(device)
        for name, fields in kernels.items():
            kernel = Kernel(**fields)
            inner = gram(kernel, train, train, train, seed, device, dtype)
            outer = gram(kernel, test, train, train, seed, device, dtype)
            scale = float(inner.diagonal().mean())
            solved = (
                _direct(inner, targets, scale, l2)
                if direct
                else _iterative(inner, targets, scale, l2, tolerance, max_iterations)
            )
            log.info("%s on %d images: solved for %d penalties", name, len(train), len(l2))
            for penalty, (solution, about) in zip(l2, solved, strict=True):
                metrics = [*_accuracies(solution, inner, outer, subset), *about]
                results += [Measured(name, len(train), metric, penalty) for metric in metrics]
    return results + _sgd(seed)


def _direct(
    inner: Tensor, targets: Tensor, scale: float, l2: Sequence[float]
) -> list[tuple[Solution, list[Metric]]]:
    spectrum = decompose(inner)
    about = [Metric("rank", float(spectrum.rank)), Metric("condition", spectrum.condition, "size")]
    return [
        (solve_direct(spectrum, targets, penalty * scale), about if penalty == min(l2) else [])
        for penalty in l2
    ]


def _iterative(
    inner: Tensor,
    targets: Tensor,
    scale: float,
    l2: Sequence[float],
    tolerance: float,
    max_iterations: int,
) -> list[tuple[Solution, list[Metric]]]:
    solved = [
        solve_iterative(inner, targets, penalty * scale, tolerance, max_iterations)
        for penalty in l2
    ]
    return [(each, [Metric("iterations", float(each.iterations), "size")]) for each in solved]


def _accuracies(solution: Solution, inner: Tensor, outer: Tensor, dataset: Dataset) -> list[Metric]:
    metrics = []
    for split, products, labels in (
        ("train", inner, dataset.train_labels),
        ("test", outer, dataset.test_labels),
    ):
        answers = (products @ solution.coefficients).argmax(dim=1).cpu()
        right = float((answers == torch.from_numpy(labels)).double().mean())
        points = len(labels) if split == "test" else None
        metrics.append(Metric(f"{split}_accuracy", right, "share", points))
    metrics.append(Metric("norm", solution.norm, "size"))
    metrics.append(Metric("residual", solution.residual, "rounding"))
    if solution.converged:
        return metrics
    return [replace(metric, value=float("nan"), note=NOT_CONVERGED) for metric in metrics]


def _sgd(seed: int) -> list[Measured]:
    """The distances of SGD to the solution of least norm, from zero and from a random start."""
    random = np.random.default_rng(derive_seed(seed, "linear problem"))
    design = random.standard_normal((POINTS, WEIGHTS))
    targets = np.eye(CLASSES)[random.integers(CLASSES, size=POINTS)]
    elsewhere = random.standard_normal((WEIGHTS, CLASSES)) / WEIGHTS**0.5
    results = []
    starts = {"sgd_from_zero": np.zeros((WEIGHTS, CLASSES)), "sgd_from_elsewhere": elsewhere}
    for name, start in starts.items():
        distances = sgd_distances(design, targets, start, LEARNING_RATE, BATCH_SIZE, EPOCHS, seed)
        metrics = [
            Metric("distance_to_min_norm", float(distances[epoch]), "size", x=float(epoch))
            for epoch in range(0, len(distances), SHOWN)
        ]
        metrics.append(Metric("final_distance_to_min_norm", float(distances[-1]), "size"))
        results += [Measured(name, POINTS, metric) for metric in metrics]
    return results
