"""Learning curves, without a framework."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from rethinking.files import write_rows


@dataclass(frozen=True)
class Epoch:
    """One member's row of the learning curve; losses are mean cross-entropies in nats."""

    seed: int  # the label of the member
    epoch: int  # counted from 1
    train_loss: float  # over the steps of the epoch, before each update
    train_accuracy: float  # share of training images classified right over these steps
    test_loss: float  # at the end of the epoch
    test_accuracy: float  # at the end of the epoch


def epoch_rows(member_ids: Sequence[int], epoch: int, *columns: Sequence[float]) -> list[Epoch]:
    """The rows of an epoch (from 1) for the members that trained in it.

    The columns are the other fields of :class:`Epoch`, in order, each with a value for each member.
    """
    rows = zip(*columns, strict=True)
    return [
        Epoch(member, epoch, *map(float, row)) for member, row in zip(member_ids, rows, strict=True)
    ]


def write_curve(curve: Path, epochs: Sequence[Epoch]) -> None:
    """Write learning curves: a CSV with the columns of :class:`Epoch`."""
    names = [field.name for field in fields(Epoch)]
    write_rows(curve, names, map(astuple, epochs))
