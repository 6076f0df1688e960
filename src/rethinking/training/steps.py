"""One step of training, and one evaluation."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rethinking.training.data import TrainingData
from rethinking.training.members import Members
from rethinking.training.networks import EVALUATION_BATCH
from rethinking.training.recipe import Recipe

# The value of Kingma & Ba (2015).
ADAM_BETA_2 = 0.999


def optimizer_of(weights: Sequence[nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    """The fused optimiser of a recipe."""
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adam":
        betas = (recipe.momentum, ADAM_BETA_2)
        return torch.optim.Adam(weights, lr=rate, betas=betas, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        weights, lr=rate, momentum=recipe.momentum, weight_decay=decay, fused=True
    )


def train_step(
    members: Members,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    labels: Tensor,
    learning_rate: float,
    precision: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """Update all members, in training mode, on a batch.

    Args:
        members: The members.
        optimizer: The optimiser of their parameters.
        images: members×batch×C×H×W.
        labels: members×batch, or members×batch×classes for probabilities.
        learning_rate: The rate of this step.
        precision: The type of activations and products; weights, loss and momentum are float32.

    Returns:
        The loss (nats) of each image before the update, members×batch, and the number of images
        that each member classified right.
    """
    with torch.autocast(images.device.type, precision, enabled=precision != torch.float32):
        logits = members(images).float()
    losses = losses_of(logits, labels)
    optimizer.zero_grad()
    # The gradient of a member's weights comes from its own mean loss alone.
    losses.mean(dim=1).sum().backward()
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
    optimizer.step()
    right = (logits.detach().argmax(dim=2) == classes_of(labels)).sum(dim=1)
    return losses.detach(), right


@torch.no_grad()
def evaluate(
    members: Members, data: TrainingData, training: Sequence[int], split: str
) -> tuple[Tensor, Tensor]:
    """The mean loss (nats) and accuracy of each member, on the CPU; its mode does not change.

    ``training`` has the indices of these members in the data; ``split`` is ``train`` or ``test``.
    """
    images: Tensor = getattr(data, f"{split}_images")
    labels: Tensor = getattr(data, f"{split}_labels")[torch.tensor(training, device=images.device)]
    n = labels.shape[1]
    logits = []
    size = max(1, EVALUATION_BATCH // len(training))
    sets = torch.tensor([data.set_of(member) for member in training], device=images.device)
    for start in range(0, n, size):
        part = images[:, start : start + size]
        shared = part.expand(len(training), *part.shape[1:]) if len(part) == 1 else part[sets]
        logits.append(members(shared))
    scores = torch.cat(logits, dim=1)
    losses, right = losses_of(scores, labels), (scores.argmax(dim=2) == classes_of(labels)).float()
    sizes = [data.size_of(member) if split == "train" else n for member in training]
    counted = torch.tensor(sizes, device=images.device)
    inside = torch.arange(n, device=images.device) < counted[:, None]
    # One division of a sum, so that an accuracy without errors is exactly 1.
    return (
        ((losses * inside).sum(dim=1) / counted).cpu(),
        ((right * inside).sum(dim=1) / counted).cpu(),
    )


def losses_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy (nats) of each image, members×N; labels may be probabilities."""
    flat = cross_entropy(logits.flatten(0, 1), labels.flatten(0, 1), reduction="none")
    return flat.view(labels.shape[:2])


def classes_of(labels: Tensor) -> Tensor:
    """The classes, members×N, of classes or probabilities."""
    return labels.argmax(dim=2) if labels.is_floating_point() else labels
