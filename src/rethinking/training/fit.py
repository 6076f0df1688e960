"""Train networks until they interpolate: the one training loop of every experiment."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

from rethinking.training.networks import Members

log = logging.getLogger(__name__)

Status = Literal["interpolated", "budget_ended", "diverged"]

# Images in one forward pass of an evaluation; bounds its memory.
EVALUATION_BATCH = 2048
# A network can classify the whole training set right only after an epoch in which it got most of
# it right on the way; evaluating before that would be wasted.
RUNNING_ACCURACY_MARGIN = 0.2


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        batch_size: Images in a step.
        learning_rate: Of SGD; the peak where the schedule varies it.
        momentum: Of SGD.
        weight_decay: The factor of the ℓ2 penalty.
        schedule: ``constant``, or ``one_cycle`` over ``max_epochs`` (Smith & Topin, 2019).
        max_epochs: The budget.
        stop_at_train_accuracy: A network stops after the first epoch at whose end it classifies
            this share of its training labels right, in evaluation mode; 1 is interpolation.
        scaling: A key of ``rethinking.training.inputs.SCALINGS``.
    """

    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: Literal["constant", "one_cycle"]
    max_epochs: int
    stop_at_train_accuracy: float
    scaling: str


@dataclass(frozen=True)
class TrainingData:
    """All that the members of a block see, resident on the device.

    Attributes:
        train_images: members×N×C×H×W, or 1×N×C×H×W where all members see the same images.
        train_labels: members×N.
        test_images: members×M×C×H×W or 1×M×C×H×W.
        test_labels: members×M.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor


@dataclass(frozen=True)
class Epoch:
    """One member's row of the learning curve.

    Attributes:
        seed: The member's seed.
        epoch: Counted from 1.
        train_loss: Mean cross-entropy (nats) over the epoch's steps, before each update.
        train_accuracy: Share of training images classified right over the epoch's steps.
        test_loss: Mean cross-entropy (nats) on the test set at the epoch's end.
        test_accuracy: Share of test images classified right at the epoch's end.
    """

    seed: int
    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float


@dataclass(frozen=True)
class Trained:
    """One member after training.

    Attributes:
        seed: The member's seed.
        status: Why training ended.
        epochs: How many epochs it took.
        state: Weights and buffers by name.
    """

    seed: int
    status: Status
    epochs: int
    state: dict[str, Tensor]


def fit(
    networks: Sequence[nn.Module],
    data: TrainingData,
    recipe: Recipe,
    seeds: Sequence[int],
    orders: Sequence[torch.Generator],
) -> tuple[list[Trained], list[Epoch]]:
    """Train one network for each seed, together, each until it interpolates.

    Each member sees its own labels in its own order, and stops on its own: it leaves the batch
    once it interpolates or diverges, so that its result is that of training it alone, up to
    rounding.

    Args:
        networks: One for each seed, all of one architecture, on the device of the data.
        data: Images and labels.
        recipe: How to train.
        seeds: What to call the members.
        orders: On the CPU, one for each member: the source of its order of images.

    Returns:
        The trained members in the order of ``seeds``, and the learning curve, by epoch.
    """
    members = Members(networks)
    optimizer = torch.optim.SGD(
        members.parameters(),
        lr=recipe.learning_rate,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
    n = data.train_labels.shape[1]
    steps = -(-n // recipe.batch_size)
    schedule: LRScheduler | None = None
    if recipe.schedule == "one_cycle":
        schedule = OneCycleLR(
            optimizer,
            recipe.learning_rate,
            total_steps=steps * recipe.max_epochs,
            cycle_momentum=False,
        )
    training = list(range(len(seeds)))
    trained: dict[int, Trained] = {}
    curve: list[Epoch] = []
    started = time.monotonic()
    for epoch in range(1, recipe.max_epochs + 1):
        order = torch.stack([torch.randperm(n, generator=orders[i]) for i in training])
        train_loss, train_accuracy = _train_epoch(
            members, data, training, order, recipe.batch_size, optimizer, schedule
        )
        # Under running statistics the first evaluation would lag behind the weights.
        members.refresh_batch_norm(_batches(data.train_images[0], EVALUATION_BATCH, dim=0))
        test = _evaluate(members, data.test_images, data.test_labels, training)
        close = train_accuracy >= recipe.stop_at_train_accuracy - RUNNING_ACCURACY_MARGIN
        fitted = torch.zeros(len(training))
        if close.any():
            _, fitted = _evaluate(members, data.train_images, data.train_labels, training)
        curve += [
            Epoch(seeds[i], epoch, *(float(values[place]) for values in row))
            for place, i in enumerate(training)
            for row in [(train_loss, train_accuracy, *test)]
        ]
        staying = []
        for place, i in enumerate(training):
            status: Status
            if not (torch.isfinite(train_loss[place]) and torch.isfinite(test[0][place])):
                status = "diverged"
            elif fitted[place] >= recipe.stop_at_train_accuracy:
                status = "interpolated"
            elif epoch == recipe.max_epochs:
                status = "budget_ended"
            else:
                staying.append(place)
                continue
            trained[i] = Trained(seeds[i], status, epoch, members.state(place))
        _report(epoch, recipe.max_epochs, train_loss, train_accuracy, len(staying), started)
        if not staying:
            break
        if len(staying) < len(training):
            members.keep(staying, optimizer)
            training = [training[place] for place in staying]
    return [trained[i] for i in range(len(seeds))], curve


def _train_epoch(
    members: Members,
    data: TrainingData,
    training: Sequence[int],
    order: Tensor,
    batch_size: int,
    optimizer: torch.optim.Optimizer,
    schedule: LRScheduler | None,
) -> tuple[Tensor, Tensor]:
    """One pass over the data; mean loss and accuracy of each member along the way, on the CPU."""
    device = data.train_images.device
    rows = torch.tensor(training, device=device)[:, None]
    shared = data.train_images.shape[0] == 1
    losses = torch.zeros(len(training), device=device)
    right = torch.zeros(len(training), device=device)
    members.train(True)
    for batch in _batches(order.to(device), batch_size, dim=1):
        images = data.train_images[0][batch] if shared else data.train_images[rows, batch]
        labels = data.train_labels[rows, batch]
        logits = members(images)
        loss = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        loss = loss.view_as(labels)
        optimizer.zero_grad()
        # The gradient of a member's weights comes from its own mean alone.
        loss.mean(dim=1).sum().backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        losses += loss.detach().sum(dim=1)
        right += (logits.detach().argmax(dim=2) == labels).sum(dim=1)
    n = order.shape[1]
    return (losses / n).cpu(), (right / n).cpu()


def _batches(tensor: Tensor, size: int, dim: int) -> list[Tensor]:
    """Split as ``torch.split`` does, but join a last batch of one, which has no variance."""
    *full, last = tensor.split(size, dim=dim)
    if full and last.shape[dim] == 1:
        return [*full[:-1], torch.cat([full[-1], last], dim=dim)]
    return [*full, last]


@torch.no_grad()
def _evaluate(
    members: Members, images: Tensor, labels: Tensor, training: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Mean loss and accuracy of each member in evaluation mode, on the CPU."""
    members.train(False)
    chosen = labels[torch.tensor(training, device=labels.device)]
    logits = []
    for start in range(0, labels.shape[1], EVALUATION_BATCH):
        part = images[:, start : start + EVALUATION_BATCH]
        part = part.expand(len(training), *part.shape[1:]) if len(part) == 1 else part[training]
        logits.append(members(part))
    scores = torch.cat(logits, dim=1)
    loss = cross_entropy(scores.flatten(0, 1), chosen.flatten(), reduction="none")
    return (
        loss.view_as(chosen).mean(dim=1).cpu(),
        (scores.argmax(dim=2) == chosen).float().mean(dim=1).cpu(),
    )


def _report(
    epoch: int,
    max_epochs: int,
    train_loss: Tensor,
    train_accuracy: Tensor,
    staying: int,
    started: float,
) -> None:
    elapsed = time.monotonic() - started
    log.info(
        "epoch %d/%d: loss %.4f, training accuracy %.4f (means over seeds), "
        "%d still training, %.0f s gone, at most %.0f s left",
        epoch,
        max_epochs,
        train_loss.mean(),
        train_accuracy.mean(),
        staying,
        elapsed,
        elapsed / epoch * (max_epochs - epoch),
    )
