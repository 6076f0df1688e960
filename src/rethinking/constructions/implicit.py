"""How solutions of least norm generalise (Zhang et al., 2017, §5)."""

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
# Epochs of which the distance is kept.
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

    Up to ``direct_up_to`` images n, the Gram matrix is decomposed, in float64, which holds some
    40·n² bytes. Beyond that conjugate gradients solve with it in float32, of 4·n² bytes, beside
    4·n·m bytes for m test images.

    Args:
        dataset: Whose labels are fitted, one-hot.
        seed: Of the subset of images and of convolutional filters.
        device: Of the matrices.
        images: Numbers of images, n.
        kernels: By name, the fields of ``rethinking.constructions.specs.Kernel``.
        l2: Penalties, in units of the mean of the diagonal of the Gram matrix; 0 interpolates.
        direct_up_to: The most images of which the Gram matrix is decomposed.
        tolerance: Of conjugate gradients.
        max_iterations: Of conjugate gradients.

    Returns:
        Of each kernel and penalty ``train_accuracy`` and ``test_accuracy`` (share), ``norm`` and
        ``residual``; of direct solutions with the least penalty also ``rank`` and ``condition``, of
        others ``iterations``. NaN, with a note, where conjugate gradients did not converge. And
        of ``sgd_from_zero`` and ``sgd_from_elsewhere``, on a made-up linear problem, the
        ``distance_to_min_norm`` by epoch.

    Raises:
        InputError: There are fewer images than asked for, or they do not suit a kernel.
    """
    found = []
    for some in subsets(dataset, images, seed):
        for name, fields in kernels.items():
            kernel = Kernel(**fields)
            direct = len(some.train_images) <= direct_up_to
            dtype = torch.float64 if direct else torch.float32
            train, test = (torch.from_numpy(a) for a in (some.train_images, some.test_images))
            inner = gram(kernel, train, train, train, seed, device, dtype)
            outer = gram(kernel, test, train, train, seed, device, dtype)
            targets = one_hot(torch.from_numpy(some.train_labels), some.classes).to(device)
            scale = float(inner.diagonal().mean())
            solved = (
                _direct(inner, targets, scale, l2)
                if direct
                else _iterative(inner, targets, scale, l2, tolerance, max_iterations)
            )
            log.info("%s on %d images: solved for %d penalties", name, len(train), len(l2))
            for penalty, (solution, about) in zip(l2, solved, strict=True):
                metrics = [*_accuracies(solution, inner, outer, some), *about]
                found += [Measured(name, len(train), metric, penalty) for metric in metrics]
    return found + _sgd(seed)


def _direct(
    inner: Tensor, targets: Tensor, scale: float, l2: Sequence[float]
) -> list[tuple[Solution, list[Metric]]]:
    spectrum = decompose(inner)
    about = [
        Metric("rank", float(spectrum.rank)),
        Metric("condition", spectrum.condition, "size"),
    ]
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
    return [(one, [Metric("iterations", float(one.iterations), "size")]) for one in solved]


def _accuracies(solution: Solution, inner: Tensor, outer: Tensor, dataset: Dataset) -> list[Metric]:
    found = []
    for split, products, labels in (
        ("train", inner, dataset.train_labels),
        ("test", outer, dataset.test_labels),
    ):
        answers = (products @ solution.coefficients).argmax(dim=1).cpu()
        right = float((answers == torch.from_numpy(labels)).double().mean())
        points = len(labels) if split == "test" else None
        found.append(Metric(f"{split}_accuracy", right, "share", points))
    found.append(Metric("norm", solution.norm, "size"))
    found.append(Metric("residual", solution.residual, "rounding"))
    if solution.converged:
        return found
    return [replace(one, value=float("nan"), note=NOT_CONVERGED) for one in found]


def _sgd(seed: int) -> list[Measured]:
    """Whether SGD finds the solution of least norm: from zero, and from a random start."""
    random = np.random.default_rng(derive_seed(seed, "linear problem"))
    design = random.standard_normal((POINTS, WEIGHTS))
    targets = np.eye(CLASSES)[random.integers(CLASSES, size=POINTS)]
    elsewhere = random.standard_normal((WEIGHTS, CLASSES)) / WEIGHTS**0.5
    found = []
    starts = {"sgd_from_zero": np.zeros((WEIGHTS, CLASSES)), "sgd_from_elsewhere": elsewhere}
    for name, start in starts.items():
        distances = sgd_distances(design, targets, start, LEARNING_RATE, BATCH_SIZE, EPOCHS, seed)
        found += [
            Measured(
                name, POINTS, Metric("distance_to_min_norm", float(one), "size", x=float(epoch))
            )
            for epoch, one in enumerate(distances)
            if epoch % SHOWN == 0
        ]
        last = Metric("final_distance_to_min_norm", float(distances[-1]), "size")
        found.append(Measured(name, POINTS, last))
    return found
