"""A plain training loop in PyTorch, for comparison with this project's."""

from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Sampler, TensorDataset

from rethinking.training.curve import Epoch
from rethinking.training.data import TrainingData
from rethinking.training.networks import EVALUATION_BATCH
from rethinking.training.order import image_order
from rethinking.training.recipe import Recipe
from rethinking.training.steps import optimizer_of


class Order(Sampler[int]):
    """The order of images in each epoch, the same as in ``rethinking.training.fit``."""

    def __init__(self, recipe: Recipe, images: int, seed: int) -> None:
        self._recipe, self._images, self._seed, self._epoch = recipe, images, seed, 0

    def __len__(self) -> int:
        return self._images

    def __iter__(self) -> Iterator[int]:
        self._epoch += 1
        yield from image_order(self._recipe, self._images, self._seed, self._epoch).tolist()


def train_plainly(
    network: nn.Module,
    data: TrainingData,
    recipe: Recipe,
    seed: int,
    workers: int,
    precision: torch.dtype = torch.float32,
    watch: Callable[[list[Epoch]], None] | None = None,
) -> list[Epoch]:
    """Train one network with a ``DataLoader`` for all epochs of a recipe, and return its curve.

    The order of images and the fused optimiser are those of ``rethinking.training.fit.fit``; the
    loss is read once an epoch.

    Args:
        network: The network, on its device.
        data: The data of one member, on the CPU.
        recipe: A recipe with a constant rate, without early stopping.
        seed: The seed of the network, which is its label in the curve.
        workers: Processes that load images; 0 to load them in this one.
        precision: The precision of activations and products in a step.
        watch: Called after each epoch with its row.
    """
    device = next(network.parameters()).device
    train = DataLoader(
        TensorDataset(data.train_images[0], data.train_labels[0]),
        recipe.batch_size,
        sampler=Order(recipe, data.train_labels.shape[1], seed),
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=device.type == "cuda",
    )
    test = DataLoader(TensorDataset(data.test_images[0], data.test_labels[0]), EVALUATION_BATCH)
    optimizer = optimizer_of(list(network.parameters()), recipe)
    curve: list[Epoch] = []
    for epoch in range(1, recipe.max_epochs + 1):
        network.train(True)
        sums = torch.zeros(2, device=device)
        for images, labels in train:
            images = images.to(device, non_blocking=True)
            labels = labels.to(device, non_blocking=True)
            with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                logits = network(images)
            loss = cross_entropy(logits.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums += _sums(logits, labels, loss)
        trained = (sums / data.train_labels.shape[1]).tolist()
        network.train(False)
        sums = torch.zeros(2, device=device)
        with torch.no_grad():
            for images, labels in test:
                images, labels = images.to(device), labels.to(device)
                logits = network(images)
                sums += _sums(logits, labels, cross_entropy(logits, labels))
        curve.append(Epoch(seed, epoch, *trained, *(sums / data.test_labels.shape[1]).tolist()))
        if watch is not None:
            watch(curve[-1:])
    return curve


def _sums(logits: torch.Tensor, labels: torch.Tensor, loss: torch.Tensor) -> torch.Tensor:
    """The sum of losses over a batch, and the number of correctly classified images."""
    right = (logits.detach().argmax(dim=1) == labels).sum()
    return torch.stack([loss.detach() * len(labels), right.float()])
