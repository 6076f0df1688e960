"""Train the networks of a block on the data of their seeds."""

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from rethinking.data.dataset import Dataset, load
from rethinking.job import provenance
from rethinking.seeds import derive_seed
from rethinking.training.checkpoint import save_block
from rethinking.training.device import device_name, use_device
from rethinking.training.fit import Epoch, Recipe, Trained, TrainingData, fit
from rethinking.training.inputs import scale
from rethinking.training.networks import build_network, can_stack

log = logging.getLogger(__name__)


def train_block(
    dataset: Path,
    corrupted: Sequence[Path],
    weights: Path,
    info: Path,
    curve: Path,
    spec: Mapping[str, Any],
) -> None:
    """Train a block and write it.

    Args:
        dataset: The uncorrupted data.
        corrupted: For each seed, what its condition changes.
        weights: Where to write the networks.
        info: Where to write what was run and how it ended.
        curve: Where to write the learning curves.
        spec: The job's spec; read here are ``seeds``, ``model``, ``recipe``, ``device``,
            ``threads``.

    Raises:
        InputError: A file is damaged or the device is not there.
    """
    started = time.time()
    device = use_device(spec["device"], spec["threads"])
    recipe = Recipe(**{key: value for key, value in spec["recipe"].items() if key != "name"})
    base = load(dataset)
    seeds = spec["seeds"]
    networks = [
        build_network(
            spec["model"]["module"], spec["model"]["options"], base.image_shape, base.classes, seed
        ).to(device)
        for seed in seeds
    ]
    datasets = [load(path, base) for path in corrupted]
    trained: list[Trained] = []
    epochs: list[Epoch] = []
    # For layers that draw at random while they train.
    torch.manual_seed(derive_seed(seeds[0], "training"))
    for part in _programs(networks):
        ended, curve_of_part = fit(
            networks[part],
            training_data(datasets[part], recipe.scaling, device),
            recipe,
            seeds[part],
            [torch.Generator().manual_seed(derive_seed(seed, "order")) for seed in seeds[part]],
        )
        for one in ended:
            log.info("seed %d: %s after %d epochs", one.seed, one.status, one.epochs)
        trained += ended
        epochs += curve_of_part
    about = {
        "spec": spec,
        "provenance": provenance(started, ["torch", "torchvision", "numpy"])
        | {"device": device_name(device)},
    }
    save_block(weights, info, curve, trained, epochs, about)


def _programs(networks: Sequence[nn.Module]) -> list[slice]:
    """Which members train together: all, or each by itself where they cannot be stacked."""
    if can_stack(networks[0]):
        return [slice(None)]
    return [slice(place, place + 1) for place in range(len(networks))]


def training_data(datasets: Sequence[Dataset], scaling: str, device: torch.device) -> TrainingData:
    """Put the data of all members on the device; images that all share only once.

    Args:
        datasets: One for each member.
        scaling: A key of ``rethinking.training.inputs.SCALINGS``.
        device: Where to.
    """
    first = datasets[0]
    shared = all(one.train_images is first.train_images for one in datasets)
    distinct = [first] if shared else datasets
    return TrainingData(
        train_images=torch.stack(
            [scale(one.train_images, one.train_images, scaling, device) for one in distinct]
        ),
        train_labels=torch.stack([torch.from_numpy(one.train_labels) for one in datasets]).to(
            device
        ),
        test_images=torch.stack(
            [scale(one.test_images, one.train_images, scaling, device) for one in distinct]
        ),
        test_labels=torch.stack([torch.from_numpy(one.test_labels) for one in datasets]).to(device),
    )
