"""What a measure takes and gives."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True)
class Metric:
    """One number about one network.

    Attributes:
        name: What it is; its unit stands in the docstring of the measure.
        value: The number; NaN where the network diverged.
        points: For a share of a sample of images, its size; None for all else.
    """

    name: str
    value: float
    points: int | None = None


@dataclass(frozen=True)
class Subject:
    """A trained network in evaluation mode, and its data, on one device.

    Attributes:
        network: From N×C×H×W, scaled as in training, to N×classes logits.
        train_images: N×C×H×W, scaled.
        train_labels: N, the labels it was trained on.
        test_images: M×C×H×W, scaled.
        test_labels: M.
    """

    network: nn.Module
    train_images: Tensor
    train_labels: Tensor
    test_images: Tensor
    test_labels: Tensor
