"""Training as most write it in PyTorch, to hold this project's against."""

from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Sampler, TensorDataset

from rethinking.training.fit import EVALUATION_BATCH, Epoch, Recipe, TrainingData, optimizer_of


class Order(Sampler[int]):
    """Each epoch another order of n images.

    Args:
        images: n.
        random: On the CPU.
    """

    def __init__(self, images: int, random: torch.Generator) -> None:
        self._images, self._random = images, random

    def __len__(self) -> int:
        return self._images

    def __iter__(self) -> Iterator[int]:
        yield from torch.randperm(self._images, generator=self._random).tolist()


def train_plainly(
    network: nn.Module,
    data: TrainingData,
    recipe: Recipe,
    seed: int,
    order: torch.Generator,
    workers: int,
    precision: torch.dtype = torch.float32,
    watch: Callable[[list[Epoch]], None] | None = None,
) -> list[Epoch]:
    """Train one network with a ``DataLoader``, for all epochs of a recipe at a constant rate.

    It does what ``rethinking.training.fit.fit`` does of such a recipe, in the same order of images,
    with the same fused optimiser, and reads the loss once an epoch.

    Args:
        network: On its device.
        data: Of one member, on the CPU.
        recipe: With a constant schedule.
        seed: What to call the network.
        order: On the CPU: the source of its order of images.
        workers: Processes that load images; 0 to load them in this one.
        precision: Of activations and products in a step.
        watch: Is told the row of each epoch when it ends.

    Returns:
        The learning curve.
    """
    device = next(network.parameters()).device
    train = DataLoader(
        TensorDataset(data.train_images[0], data.train_labels[0]),
        recipe.batch_size,
        sampler=Order(data.train_labels.shape[1], order),
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
            images, labels = (one.to(device, non_blocking=True) for one in (images, labels))
            with torch.autocast(device.type, precision, enabled=precision != torch.float32):
                logits = network(images)
            loss = cross_entropy(logits.float(), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums += _sums(logits, labels, loss)
        seen = (sums / data.train_labels.shape[1]).tolist()
        network.train(False)
        sums = torch.zeros(2, device=device)
        with torch.no_grad():
            for images, labels in test:
                images, labels = images.to(device), labels.to(device)
                logits = network(images)
                sums += _sums(logits, labels, cross_entropy(logits, labels))
        curve.append(Epoch(seed, epoch, *seen, *(sums / data.test_labels.shape[1]).tolist()))
        if watch is not None:
            watch(curve[-1:])
    return curve


def _sums(logits: torch.Tensor, labels: torch.Tensor, loss: torch.Tensor) -> torch.Tensor:
    """The sum over a batch of the loss, and how many are right."""
    right = (logits.detach().argmax(dim=1) == labels).sum()
    return torch.stack([loss.detach() * len(labels), right.float()])
