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
    """One member after training."""

    seed: int  # the label of the member
    status: Status  # why training ended
    epochs: int
    state: dict[str, Tensor]  # weights and buffers by name


@dataclass
class TrainingRun:
    """Members, optimiser and progress of a run."""

    members: Members  # those that still train
    optimizer: torch.optim.Optimizer  # of their parameters
    training: list[int]  # their indices among all members
    trained: dict[int, Trained] = field(default_factory=dict)  # members that have ended, by index
    curve: list[Epoch] = field(default_factory=list)  # the rows of all completed epochs
    epoch: int = 1  # the current epoch, counted from 1
    step: int = 0  # the number of its completed steps
    # For each training member, over the epoch so far: the sum of the losses (nats) of its images,
    # and how many of these it classified right; and the mean loss of the last batch.
    losses: Tensor = field(default_factory=lambda: torch.empty(0))
    right: Tensor = field(default_factory=lambda: torch.empty(0))
    last_loss: Tensor = field(default_factory=lambda: torch.empty(0))

    def begin_epoch(self, device: torch.device) -> None:
        """Set the sums over the epoch to zero."""
        self.losses = torch.zeros(len(self.training), device=device)
        self.right = torch.zeros(len(self.training), device=device)

    def count(self, losses: Tensor, right: Tensor) -> None:
        """Add the losses and numbers of right images of a ``steps.train_step``."""
        total = losses.sum(dim=1)
        self.losses, self.right = self.losses + total, self.right + right
        self.last_loss = total / losses.shape[1]
        self.step += 1


def state_of(run: TrainingRun) -> State:
    """The state from which :func:`restore` continues training in a new run."""
    arrays = {f"member/{name}": tensor for name, tensor in run.members.tensors().items()}
    for name, weights in run.members.tensors().items():
        for key, kept in run.optimizer.state.get(weights, {}).items():
            if isinstance(kept, Tensor):  # momentum and the like
                arrays[f"optimizer/{name}/{key}"] = kept
    for number, member in run.trained.items():
        arrays |= {f"trained/{number}/{name}": tensor for name, tensor in member.state.items()}
    # For layers that draw at random in training.
    arrays["random/cpu"] = torch.get_rng_state()
    if run.losses.device.type == "cuda":
        arrays["random/cuda"] = torch.cuda.get_rng_state(run.losses.device)
    arrays |= {"losses": run.losses, "right": run.right, "last_loss": run.last_loss}
    progress = {
        "epoch": run.epoch,
        "step": run.step,
        "training": run.training,
        "trained": {number: [each.status, each.epochs] for number, each in run.trained.items()},
        "curve": [astuple(row) for row in run.curve],
    }
    return State(
        {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in arrays.items()},
        progress,
    )


def restore(
    run: TrainingRun, state: State, member_ids: Sequence[int], device: torch.device
) -> None:
    """Bring a new run, in place, to a state of :func:`state_of`, for members with these labels."""
    tensors = {name: torch.from_numpy(array) for name, array in state.arrays.items()}
    run.members.restore(_below(tensors, "member"))
    for name, weights in run.members.tensors().items():
        for key, saved in _below(tensors, f"optimizer/{name}").items():
            # Tensors with the shape of the weights need their layout in memory too.
            like = weights if saved.shape == weights.shape else saved
            own = torch.empty_like(like, device=weights.device)
            run.optimizer.state[weights][key] = own.copy_(saved)
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
    """The tensors below a prefix, by the rest of their names."""
    return {
        name.removeprefix(f"{prefix}/"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{prefix}/")
    }
