"""The small Inception of Zhang et al. (2017, Figure 3)."""

import torch
from torch import Tensor, nn

from rethinking.models.he import he_initialise
from rethinking.names.options import Positive, Probability


class Branches(nn.Module):
    """Apply modules to the same images and concatenate their outputs along the channels."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, images: Tensor) -> Tensor:
        """Map N×C×H×W to N×(sum of the branches' channels)×H'×W'."""
        return torch.cat([branch(images) for branch in self.branches], dim=1)


def build(
    shape: tuple[int, int, int],
    classes: int,
    *,
    width_factor: Positive = 1.0,
    batch_norm: bool = True,
    dropout: Probability = 0.0,
) -> nn.Module:
    """Inception modules of a 1×1 and a 3×3 convolution, halving the image twice.

    At full width, for 28×28 crops with 3 channels and 10 classes, it has the published 1,649,402
    parameters, without those of batch normalisation.

    Args:
        shape: Channels, height and width of an image.
        classes: The number of logits.
        width_factor: Multiplies the width of every layer.
        batch_norm: Whether every convolution is followed by batch normalisation.
        dropout: The probability with which a unit before the last layer is dropped in training, as
            Szegedy et al. (2015, §5) do.
    """

    def scaled(width: int) -> int:
        return max(1, round(width * width_factor))

    def convolution(before: int, after: int, side: int, stride: int = 1) -> nn.Module:
        layers: list[nn.Module] = [nn.Conv2d(before, after, side, stride, padding=side // 2)]
        if batch_norm:
            layers.append(nn.BatchNorm2d(after))
        return nn.Sequential(*layers, nn.ReLU(inplace=True))

    channels = scaled(96)
    layers = [convolution(shape[0], channels, 3)]

    def inception(ones: int, threes: int) -> None:
        nonlocal channels
        branches = convolution(channels, scaled(ones), 1), convolution(channels, scaled(threes), 3)
        layers.append(Branches(*branches))
        channels = scaled(ones) + scaled(threes)

    def downsample(threes: int) -> None:
        nonlocal channels
        halving = convolution(channels, scaled(threes), 3, stride=2)
        layers.append(Branches(halving, nn.MaxPool2d(3, stride=2, padding=1)))
        channels += scaled(threes)

    inception(32, 32)
    inception(32, 48)
    downsample(80)
    inception(112, 48)
    inception(96, 64)
    inception(80, 80)
    inception(48, 96)
    downsample(96)
    inception(176, 160)
    inception(176, 160)
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    if dropout:
        layers.append(nn.Dropout(dropout))
    return he_initialise(nn.Sequential(*layers, nn.Linear(channels, classes)))
