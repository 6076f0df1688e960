"""The progress of one run of ``fit``, and its state on disk."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field

import torch
from torch import Tensor

from rethinking.step.resume import State
from rethinking.training.curve import Epoch
from rethinking.training.members import Members
from rethinking.training.recipe import Status


@dataclass(frozen=True)
class Trained:
    """One member after training.

    Attributes:
        seed: The label of the member.
        status: Why training ended.
        epochs: The number of its epochs.
        state: Weights and buffers by name.
    """

    seed: int
    status: Status
    epochs: int
    state: dict[str, Tensor]


@dataclass
class TrainingRun:
    """Members, optimiser and progress of a run.

    Attributes:
        members: Those that still train.
        optimizer: Of their parameters.
        training: Their numbers among all members.
        trained: The members that have ended, by number.
        curve: The rows of all epochs that have ended.
        epoch: The epoch under way, counted from 1.
        step: The steps of it that are done.
        losses: For each training member, the sum of losses (nats) over the epoch's images so far.
        right: How many of them it classified right.
        last_loss: The mean loss of the last batch.
    """

    members: Members
    optimizer: torch.optim.Optimizer
    training: list[int]
    trained: dict[int, Trained] = field(default_factory=dict)
    curve: list[Epoch] = field(default_factory=list)
    epoch: int = 1
    step: int = 0
    losses: Tensor = field(default_factory=lambda: torch.empty(0))
    right: Tensor = field(default_factory=lambda: torch.empty(0))
    last_loss: Tensor = field(default_factory=lambda: torch.empty(0))

    def begin_epoch(self, device: torch.device) -> None:
        """Set the sums over the epoch to zero."""
        self.losses = torch.zeros(len(self.training), device=device)
        self.right = torch.zeros(len(self.training), device=device)

    def count(self, losses: Tensor, right: Tensor) -> None:
        """Add a step, of which ``rethinking.training.steps.train_step`` gives losses and right."""
        total = losses.sum(dim=1)
        self.losses, self.right = self.losses + total, self.right + right
        self.last_loss = total / losses.shape[1]
        self.step += 1


def state_of(run: TrainingRun) -> State:
    """All that training needs to go on from here, but for what a new run has anyway."""
    arrays = {f"member/{name}": tensor for name, tensor in run.members.tensors().items()}
    for name, weights in run.members.tensors().items():
        for key, kept in run.optimizer.state.get(weights, {}).items():
            if isinstance(kept, Tensor):  # momentum and the like
                arrays[f"optimizer/{name}/{key}"] = kept
    for number, one in run.trained.items():
        arrays |= {f"trained/{number}/{name}": tensor for name, tensor in one.state.items()}
    # For layers that draw at random while they train.
    arrays["random/cpu"] = torch.get_rng_state()
    if run.losses.device.type == "cuda":
        arrays["random/cuda"] = torch.cuda.get_rng_state(run.losses.device)
    arrays |= {"losses": run.losses, "right": run.right, "last_loss": run.last_loss}
    progress = {
        "epoch": run.epoch,
        "step": run.step,
        "training": run.training,
        "trained": {number: [one.status, one.epochs] for number, one in run.trained.items()},
        "curve": [astuple(row) for row in run.curve],
    }
    return State(
        {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in arrays.items()},
        progress,
    )


def restore(
    run: TrainingRun, state: State, member_ids: Sequence[int], device: torch.device
) -> None:
    """Bring a new run to the place of what :func:`state_of` gave.

    Args:
        run: With all members as they were initialised; changed in place.
        state: Of a run of the same members.
        member_ids: Their labels.
        device: Of the run.
    """
    tensors = {name: torch.from_numpy(array) for name, array in state.arrays.items()}
    run.members.restore(_below(tensors, "member"))
    for name, weights in run.members.tensors().items():
        for key, saved in _below(tensors, f"optimizer/{name}").items():
            # What is as large as the weights must lie in memory as they do.
            like = weights if saved.shape == weights.shape else saved
            run.optimizer.state[weights][key] = torch.empty_like(like).copy_(saved)
    run.trained = {
        int(number): Trained(
            member_ids[int(number)],
            status,
            epochs,
            {name: w.to(device) for name, w in _below(tensors, f"trained/{number}").items()},
        )
        for number, (status, epochs) in state.progress["trained"].items()
    }
    torch.set_rng_state(tensors["random/cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(tensors["random/cuda"], device)
    run.losses, run.right, run.last_loss = (
        tensors[name].to(device) for name in ("losses", "right", "last_loss")
    )
    run.epoch, run.step = state.progress["epoch"], state.progress["step"]
    run.training = state.progress["training"]
    run.curve = [Epoch(*row) for row in state.progress["curve"]]


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors below a prefix, under the rest of their names."""
    return {
        name.removeprefix(f"{prefix}/"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{prefix}/")
    }
