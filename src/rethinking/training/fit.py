"""Train networks until they interpolate: the one training loop of every experiment."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR, StepLR

from rethinking.seeds import derive_seed
from rethinking.step.resume import Saver, State
from rethinking.training.augmentation import draw_moves
from rethinking.training.networks import Members

log = logging.getLogger(__name__)

Status = Literal["interpolated", "budget_ended", "diverged"]

# Images in one forward pass of an evaluation, of all members together; bounds its memory.
EVALUATION_BATCH = 2048
# After an epoch whose mean loss was larger, and that of its last batch too, nobody asks whether a
# network interpolates, which takes one more pass over the training set. An image whose loss is
# smaller is classified right, for its label has more than half of the probability. (Where networks
# of the demo interpolated, the mean loss of the epoch was half of this or less.)
LOSS_TO_EVALUATE = math.log(2)
# Images over which the statistics of BatchNorm are recomputed before an evaluation: their means
# are then known to a hundredth of a standard deviation, without another pass over a large set.
BATCH_NORM_IMAGES = 10_000
# Zhang et al. (2017, §A.1) multiply the rate by 0.95 an epoch, which for them is 391 steps.
DECAY, DECAY_STEPS = 0.95, 391
# As Kingma & Ba (2015) propose.
ADAM_BETA_2 = 0.999


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        optimizer: ``sgd``, with momentum; or ``adam`` (Kingma & Ba, 2015, β₂ = 0.999).
        batch_size: Images in a step.
        learning_rate: The peak where the schedule varies it.
        momentum: Of SGD; Adam's β₁.
        weight_decay: λ of the penalty λ/2 · Σθ², over all weights and biases.
        schedule: ``constant``; ``one_cycle`` over ``max_epochs`` (Smith & Topin, 2019), the peak
            if that is one step; or ``exponential``, times :data:`DECAY` after every
            :data:`DECAY_STEPS` steps.
        max_epochs: The budget.
        stop_at_train_accuracy: A network stops after the first epoch at whose end it classifies
            this share of its training labels right, in evaluation mode; 1 is interpolation. None
            for networks that train to the end of their budget.
        scaling: A key of ``rethinking.training.inputs.SCALINGS``.
        epoch_steps: Steps in an epoch, which goes on through permutation after permutation, so
            that training sets of any size are trained on for equally many steps; None for one pass
            over the training set.
        crop: Pixels a side of the centre crop that the networks see; None for whole images.
        random_crop: Pixels by which what they see of a training image moves at random.
        flip: The probability that a training image is mirrored.
    """

    optimizer: Literal["sgd", "adam"]
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: Literal["constant", "one_cycle", "exponential"]
    max_epochs: int
    stop_at_train_accuracy: float | None
    scaling: str
    epoch_steps: int | None = None
    crop: int | None = None
    random_crop: int = 0
    flip: float = 0.0

    @property
    def augments(self) -> bool:
        """Whether networks see another view of a training image each time."""
        return self.random_crop > 0 or self.flip > 0


@dataclass(frozen=True)
class TrainingData:
    """All that the members of a block see, resident on the device.

    Attributes:
        train_images: sets×N×C×H×W. One set is for all members, as many sets as members are for one
            each; else ``sets`` says whose is which.
        train_labels: members×N, or members×N×classes for probabilities.
        test_images: sets×M×C×H×W.
        test_labels: members×M.
        sets: For each member, the number of its set.
        sizes: For each member, how many of its training images, the first ones, it is trained on;
            None for all of them.
        augmented: Where the recipe augments: from rows in the sets of training images, put one
            behind the other, and from moves (``rethinking.training.augmentation.draw_moves``), one
            for each row, to inputs.
    """

    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
    sets: Sequence[int] | None = None
    sizes: Sequence[int] | None = None
    augmented: Callable[[Tensor, Tensor], Tensor] | None = None

    def set_of(self, member: int) -> int:
        """The number of a member's set of images."""
        if self.sets is not None:
            return self.sets[member]
        return member if len(self.train_images) > 1 else 0

    def size_of(self, member: int) -> int:
        """How many training images a member is trained on."""
        return self.train_labels.shape[1] if self.sizes is None else self.sizes[member]

    def part(self, members: slice) -> "TrainingData":
        """The data of some members."""
        chosen = range(len(self.train_labels))[members]
        return replace(
            self,
            train_labels=self.train_labels[members],
            test_labels=self.test_labels[members],
            sets=[self.set_of(member) for member in chosen],
            sizes=[self.size_of(member) for member in chosen],
        )


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
    saver: Saver,
    name: str,
    precision: torch.dtype = torch.float32,
    compiled: bool = False,
    watch: Callable[[Sequence[Epoch]], None] | None = None,
) -> tuple[list[Trained], list[Epoch]]:
    """Train one network for each seed, together, each until it interpolates.

    Each member sees its own labels in its own order, and stops on its own: it leaves the batch
    once it interpolates or diverges, so that its result is that of training it alone, up to
    rounding (and to what dropout drops, which depends on who trains beside it).

    Args:
        networks: One for each seed, all of one architecture, on the device of the data.
        data: Images and labels.
        recipe: How to train.
        seeds: What to call the members.
        orders: On the CPU, one for each member: the source of its order of images.
        saver: Keeps the state from time to time. Training goes on from the last one, and ends with
            the same bits as if it had never been interrupted.
        name: What the saver is to call the state.
        precision: Of activations and products in a step. Weights, loss, momentum and evaluations
            are always float32.
        compiled: Whether steps are compiled, as ``rethinking.training.networks.Members`` says.
        watch: Is told the rows of each epoch when it ends.

    Returns:
        The trained members in the order of ``seeds``, and the learning curve, by epoch.
    """
    course = _Course(networks, data, recipe, seeds, orders, precision, compiled)
    # Networks that were trained before these have taken their own time.
    began, skipped = saver.seconds, 0
    saved = saver.load(name)
    if saved is not None:
        course.restore(saved)
        log.info("going on from epoch %d, step %d", course.epoch, course.step)
        began, skipped = saver.seconds, course.epoch - 1
    while course.training:
        if course.step == 0:
            course.begin_epoch()
        for batch in course.batches():
            course.do_step(batch)
            if saver.due():
                saver.save(name, course.state())
        course.end_epoch((saver.seconds - began) / (course.epoch - skipped))
        if watch is not None:
            watch([row for row in course.curve if row.epoch == course.epoch - 1])
    saver.save(name, course.state())
    return [course.trained[i] for i in range(len(seeds))], course.curve


class _Course:
    """A training under way."""

    def __init__(
        self,
        networks: Sequence[nn.Module],
        data: TrainingData,
        recipe: Recipe,
        seeds: Sequence[int],
        orders: Sequence[torch.Generator],
        precision: torch.dtype,
        compiled: bool,
    ) -> None:
        self.data, self.recipe, self.seeds, self.orders = data, recipe, seeds, orders
        # Streams of their own, so that augmentation changes nothing in the order of images.
        self.views = [
            torch.Generator().manual_seed(derive_seed(order.initial_seed(), "augmentation"))
            for order in orders
        ]
        self.precision = precision
        self.device = data.train_images.device
        # One long table each, of which rows are gathered several times faster than by two indices;
        # made here, because it is a copy where the data are a part of something larger.
        self.images, self.labels = data.train_images.flatten(0, 1), data.train_labels.flatten(0, 1)
        self.members = Members(networks, compiled)
        self.optimizer = optimizer_of(self.members.parameters(), recipe)
        n = max(data.size_of(member) for member in range(len(seeds)))
        steps = steps_in_epoch(n, recipe.batch_size, recipe.epoch_steps) * recipe.max_epochs
        self.schedule: LRScheduler | None = None
        # A cycle of one step would be its end only, where the rate is the peak's 250,000th part.
        if recipe.schedule == "one_cycle" and steps > 1:
            self.schedule = OneCycleLR(
                self.optimizer, recipe.learning_rate, total_steps=steps, cycle_momentum=False
            )
        elif recipe.schedule == "exponential":
            self.schedule = StepLR(self.optimizer, DECAY_STEPS, DECAY)
        # The members that still train, those that have ended, and the epochs of all.
        self.training = list(range(len(seeds)))
        self.trained: dict[int, Trained] = {}
        self.curve: list[Epoch] = []
        # The epoch under way, counted from 1, the steps of it that are done, and what they saw.
        self.epoch, self.step = 1, 0
        self.order = self.moves = self.losses = self.right = self.last_loss = torch.empty(0)
        self.rows = self.sets = torch.empty(0)

    def begin_epoch(self) -> None:
        """Draw the order of the images, and how they are moved."""
        self.order = torch.stack([self._order(member) for member in self.training])
        if self.recipe.augments:
            self.moves = torch.stack([self._moves(member) for member in self.training])
        self.losses = torch.zeros(len(self.training), device=self.device)
        self.right = torch.zeros(len(self.training), device=self.device)

    def _order(self, member: int) -> Tensor:
        """What a member sees in an epoch, by its place in the training set."""
        n, random = self.data.size_of(member), self.orders[member]
        if self.recipe.epoch_steps is None:
            return torch.randperm(n, generator=random)
        images = self.recipe.epoch_steps * self.recipe.batch_size
        passes = [torch.randperm(n, generator=random) for _ in range(-(-images // n))]
        return torch.cat(passes)[:images]

    def _moves(self, member: int) -> Tensor:
        """How what a member sees in an epoch is moved."""
        recipe = self.recipe
        images = self.order.shape[1]
        return draw_moves(images, recipe.random_crop, recipe.flip, self.views[member])

    def batches(self) -> list[slice]:
        """Get ready for the steps of this epoch that are left: their parts of its order."""
        self.members.train(True)
        self.rows = torch.tensor(self.training, device=self.device)[:, None]
        sets = [self.data.set_of(member) for member in self.training]
        self.sets = torch.tensor(sets, device=self.device)[:, None]
        self.order, self.moves = self.order.to(self.device), self.moves.to(self.device)
        return _batches(self.order.shape[1], self.recipe.batch_size)[self.step :]

    def do_step(self, part: slice) -> None:
        """Update all members on a batch."""
        data, batch = self.data, self.order[:, part]
        rows = (self.sets * data.train_images.shape[1] + batch).flatten()
        if data.augmented is None:
            images = self.images.index_select(0, rows)
        else:
            images = data.augmented(rows, self.moves[:, part].flatten(0, 1))
        images = images.unflatten(0, batch.shape)
        own = (self.rows * data.train_labels.shape[1] + batch).flatten()
        labels = self.labels.index_select(0, own).unflatten(0, batch.shape)
        with torch.autocast(
            self.device.type, self.precision, enabled=self.precision != torch.float32
        ):
            logits = self.members(images).float()
        loss = _losses(logits, labels)
        self.optimizer.zero_grad()
        means = loss.mean(dim=1)
        # The gradient of a member's weights comes from its own mean alone.
        means.sum().backward()
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        self.losses, self.last_loss = self.losses + loss.detach().sum(dim=1), means.detach()
        self.right += (logits.detach().argmax(dim=2) == _hard(labels)).sum(dim=1)
        self.step += 1

    def end_epoch(self, seconds: float) -> None:
        """Evaluate, write down the epoch, and let go the members that have ended.

        Args:
            seconds: What an epoch has taken so far, for the log.
        """
        members, data, recipe, training = self.members, self.data, self.recipe, self.training
        seen = self.order.shape[1]
        train_loss, train_accuracy = (self.losses / seen).cpu(), (self.right / seen).cpu()
        # Under running statistics the first evaluation would lag behind the weights.
        # Evenly spaced, because neighbours may be alike, as in a random walk.
        first = training[0]
        n = data.size_of(first)
        sample = data.train_images[data.set_of(first), : n : -(-n // BATCH_NORM_IMAGES)]
        members.refresh_batch_norm(equal_parts(sample))
        members.train(False)
        test = self._evaluate(data.test_images, data.test_labels)
        wanted = recipe.stop_at_train_accuracy
        close = torch.minimum(train_loss, self.last_loss.cpu()) <= LOSS_TO_EVALUATE
        fitted = torch.zeros(len(training))
        if wanted is not None and (wanted < 1 or close.any()):
            sizes = [data.size_of(member) for member in training]
            _, fitted = self._evaluate(data.train_images, data.train_labels, sizes)
        self.curve += [
            Epoch(self.seeds[i], self.epoch, *(float(values[place]) for values in row))
            for place, i in enumerate(training)
            for row in [(train_loss, train_accuracy, *test)]
        ]
        staying = []
        for place, i in enumerate(training):
            status: Status
            if not (torch.isfinite(train_loss[place]) and torch.isfinite(test[0][place])):
                status = "diverged"
            elif wanted is not None and fitted[place] >= wanted:
                status = "interpolated"
            elif self.epoch == recipe.max_epochs:
                status = "budget_ended"
            else:
                staying.append(place)
                continue
            self.trained[i] = Trained(self.seeds[i], status, self.epoch, members.state(place))
        log.info(
            "epoch %d/%d: loss %.4f, training accuracy %.4f (means over seeds), "
            "%d still training, at most %.0f s left",
            self.epoch,
            recipe.max_epochs,
            train_loss.mean(),
            train_accuracy.mean(),
            len(staying),
            seconds * (recipe.max_epochs - self.epoch),
        )
        if 0 < len(staying) < len(training):
            members.keep(staying, self.optimizer)
        self.training = [training[place] for place in staying]
        self.epoch, self.step = self.epoch + 1, 0

    @torch.no_grad()
    def _evaluate(
        self, images: Tensor, labels: Tensor, sizes: Sequence[int] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mean loss and accuracy of each member, in the mode it is in, on the CPU.

        Args:
            images: sets×N×C×H×W.
            labels: Of all members.
            sizes: Of each, how many of the images count, the first ones; None for all.
        """
        chosen = labels[self.rows[:, 0]]
        logits = []
        size = max(1, EVALUATION_BATCH // len(chosen))
        for start in range(0, labels.shape[1], size):
            part = images[:, start : start + size]
            if len(part) == 1:
                part = part.expand(len(self.training), *part.shape[1:])
            else:
                part = part[self.sets[:, 0]]
            logits.append(self.members(part))
        scores = torch.cat(logits, dim=1)
        losses, right = _losses(scores, chosen), (scores.argmax(dim=2) == _hard(chosen)).float()
        counted = torch.tensor(sizes or [labels.shape[1]] * len(chosen), device=self.device)
        inside = torch.arange(labels.shape[1], device=self.device) < counted[:, None]
        # Sums and then one division, so that all right is exactly 1.
        return (
            ((losses * inside).sum(dim=1) / counted).cpu(),
            ((right * inside).sum(dim=1) / counted).cpu(),
        )

    def state(self) -> State:
        """All that training needs to go on from here, but for what a new course has anyway."""
        tensors = {f"member/{name}": tensor for name, tensor in self.members.tensors().items()}
        tensors |= {f"optimizer/{name}": tensor for name, tensor in self._optimizer_state().items()}
        for i, one in self.trained.items():
            tensors |= {f"trained/{i}/{name}": tensor for name, tensor in one.state.items()}
        for i, (order, view) in enumerate(zip(self.orders, self.views, strict=True)):
            tensors[f"random/{i}"] = order.get_state()
            tensors[f"random/view/{i}"] = view.get_state()
        # For layers that draw at random while they train.
        tensors["random/cpu"] = torch.get_rng_state()
        if self.device.type == "cuda":
            tensors["random/cuda"] = torch.cuda.get_rng_state(self.device)
        tensors |= {"order": self.order, "moves": self.moves}
        tensors |= {"losses": self.losses, "right": self.right, "last_loss": self.last_loss}
        progress = {
            "epoch": self.epoch,
            "step": self.step,
            "training": self.training,
            "trained": {i: [one.status, one.epochs] for i, one in self.trained.items()},
            "curve": [list(vars(row).values()) for row in self.curve],
            "learning_rates": [group["lr"] for group in self.optimizer.param_groups],
            "schedule": None if self.schedule is None else self.schedule.state_dict(),
        }
        return State(tensors, progress)

    def restore(self, state: State) -> None:
        """Go back to what :meth:`state` gave."""
        tensors, progress = state.tensors, state.progress
        self.members.restore(_part(tensors, "member"))
        for name, weights in self.members.tensors().items():
            for key, saved in _part(tensors, f"optimizer/{name}").items():
                # What is as large as the weights must lie in memory as they do.
                like = weights if saved.shape == weights.shape else saved
                self.optimizer.state[weights][key] = torch.empty_like(like).copy_(saved)
        self.trained = {
            int(i): Trained(
                self.seeds[int(i)],
                status,
                epochs,
                {name: w.to(self.device) for name, w in _part(tensors, f"trained/{i}").items()},
            )
            for i, (status, epochs) in progress["trained"].items()
        }
        for i, (order, view) in enumerate(zip(self.orders, self.views, strict=True)):
            order.set_state(tensors[f"random/{i}"])
            view.set_state(tensors[f"random/view/{i}"])
        torch.set_rng_state(tensors["random/cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["random/cuda"], self.device)
        self.order, self.moves = tensors["order"], tensors["moves"]
        self.losses, self.right, self.last_loss = (
            tensors[name].to(self.device) for name in ("losses", "right", "last_loss")
        )
        self.epoch, self.step = progress["epoch"], progress["step"]
        self.training = progress["training"]
        self.curve = [Epoch(*row) for row in progress["curve"]]
        for group, rate in zip(
            self.optimizer.param_groups, progress["learning_rates"], strict=True
        ):
            group["lr"] = rate
        if self.schedule is not None:
            self.schedule.load_state_dict(progress["schedule"])

    def _optimizer_state(self) -> dict[str, Tensor]:
        """Momentum and the like, by ``<weights>/<what>``."""
        return {
            f"{name}/{key}": tensor
            for name, weights in self.members.tensors().items()
            for key, tensor in self.optimizer.state.get(weights, {}).items()
            if isinstance(tensor, Tensor)
        }


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors below a prefix, under the rest of their names."""
    return {
        name.removeprefix(f"{prefix}/"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{prefix}/")
    }


def _batches(images: int, size: int) -> list[slice]:
    """Parts of a size; a last one of one image, which has no variance, is joined to its former."""
    starts = list(range(0, images, size))
    if len(starts) > 1 and images - starts[-1] == 1:
        starts.pop()
    return [slice(*ends) for ends in pairwise([*starts, images])]


def steps_in_epoch(images: int, batch_size: int, epoch_steps: int | None) -> int:
    """How many steps an epoch takes, with so many training images."""
    seen = images if epoch_steps is None else epoch_steps * batch_size
    return len(_batches(seen, batch_size))


def equal_parts(images: Tensor) -> Sequence[Tensor]:
    """Cut images into parts for ``update_bn``, to which each part counts alike.

    What it finds depends on the parts, since the variance is that within them; their number depends
    on the number of images only.

    Args:
        images: N×C×H×W.

    Returns:
        As few parts of at most :data:`EVALUATION_BATCH` images as can be, equal up to one image.
    """
    parts: Sequence[Tensor] = images.tensor_split(-(-len(images) // EVALUATION_BATCH))
    return parts


def optimizer_of(weights: Sequence[nn.Parameter], recipe: Recipe) -> torch.optim.Optimizer:
    """The fused optimiser of a recipe."""
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adam":
        betas = (recipe.momentum, ADAM_BETA_2)
        return torch.optim.Adam(weights, lr=rate, betas=betas, weight_decay=decay, fused=True)
    return torch.optim.SGD(
        weights, lr=rate, momentum=recipe.momentum, weight_decay=decay, fused=True
    )


def _losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy (nats) of each image, members×N; labels may be probabilities."""
    flat = cross_entropy(logits.flatten(0, 1), labels.flatten(0, 1), reduction="none")
    return flat.view(labels.shape[:2])


def _hard(labels: Tensor) -> Tensor:
    """Classes, members×N, of classes or probabilities."""
    return labels.argmax(dim=2) if labels.is_floating_point() else labels
