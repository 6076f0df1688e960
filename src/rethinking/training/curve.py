"""Learning curves, without a framework."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from rethinking.files import write_rows


@dataclass(frozen=True)
class Epoch:
    """One member's row of the learning curve.

    Attributes:
        seed: The label of the member.
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


def epoch_rows(member_ids: Sequence[int], epoch: int, *columns: Sequence[float]) -> list[Epoch]:
    """The rows of an epoch.

    Args:
        member_ids: The members that trained in it.
        epoch: Counted from 1.
        columns: The other attributes of :class:`Epoch` in order, each with a value for each member.
    """
    rows = zip(*columns, strict=True)
    return [
        Epoch(member, epoch, *map(float, row)) for member, row in zip(member_ids, rows, strict=True)
    ]


def write_curve(curve: Path, epochs: Sequence[Epoch]) -> None:
    """Write learning curves: a CSV with the columns of :class:`Epoch`."""
    write_rows(
        curve,
        [field.name for field in fields(Epoch)],
        (list(asdict(row).values()) for row in epochs),
    )
