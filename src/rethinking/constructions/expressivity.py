"""Few parameters suffice to fit any labels (Zhang et al., 2017, §4)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rethinking.constructions.measure import Measured, subsets
from rethinking.constructions.relu_interpolant import (
    ReluInterpolant,
    interpolate,
    lipschitz,
    relative_gap,
)
from rethinking.data.dataset import Dataset
from rethinking.measures.helpers.metric import Metric
from rethinking.names.options import Counts, Sizes
from rethinking.training.inputs import LARGEST_BYTE


def construct(
    dataset: Dataset, seed: int, device: torch.device, *, images: Sizes, depths: Counts
) -> list[Measured]:
    """Fit the labels of some images by networks that are not trained.

    The output of a network is one number; its class is the nearest label.

    Args:
        dataset: The points are its pixels, divided by 255; the targets are its labels.
        seed: The seed of the subset of images and of the direction of the network.
        device: The device of the network.
        images: The numbers of images, n; each has one network of each depth.
        depths: The numbers of hidden layers.

    Returns:
        For the function ``depth-<k>``: ``parameters``, and ``theorem_parameters``, the 2n + d of
        the theorem for a network of one hidden layer; ``units``, of the widest hidden layer;
        ``fit_error``, the largest error over the largest label; ``train_accuracy`` and
        ``test_accuracy`` (share); ``gap``, the least distance between projected images over their
        spread; and ``lipschitz``, in classes per unit of ‖x‖.

    Raises:
        InputError: There are too few images, or two are too close.
    """
    results = []
    for subset in subsets(dataset, images, seed):
        points, targets = _rows(subset.train_images), subset.train_labels.astype(np.float64)
        for depth in depths:
            network = interpolate(points, targets, seed, depth).to(device)
            results += [
                Measured(f"depth-{depth}", len(points), metric)
                for metric in _measure(network, points, targets, subset)
            ]
    return results


@torch.no_grad()
def _measure(
    network: ReluInterpolant,
    points: NDArray[np.float64],
    targets: NDArray[np.float64],
    dataset: Dataset,
) -> list[Metric]:
    answers = _answers(network, points)
    test = _answers(network, _rows(dataset.test_images))
    right = (test.round() == torch.from_numpy(dataset.test_labels)).double().mean()
    wanted = torch.from_numpy(targets)
    largest = max(1.0, float(wanted.abs().max()))  # labels may all be 0
    return [
        Metric("parameters", float(sum(weights.numel() for weights in network.parameters()))),
        Metric("theorem_parameters", float(2 * len(points) + points.shape[1])),
        Metric("units", float(network.units)),
        Metric("fit_error", float((answers - wanted).abs().max()) / largest, "rounding"),
        Metric("train_accuracy", float((answers.round() == wanted).double().mean()), "share"),
        Metric("test_accuracy", float(right), "share", len(test)),
        Metric("gap", relative_gap(network, points), "size"),
        Metric("lipschitz", lipschitz(network), "size"),
    ]


def _answers(network: ReluInterpolant, points: NDArray[np.float64]) -> Tensor:
    answers: Tensor = network(torch.from_numpy(points).to(network.direction.device)).cpu()
    return answers


def _rows(images: NDArray[np.generic]) -> NDArray[np.float64]:
    return images.reshape(len(images), -1).astype(np.float64) / LARGEST_BYTE
