"""ResNet-18 for small images (He et al., 2016)."""

from itertools import pairwise

from torch import nn
from torchvision.models.resnet import BasicBlock, conv1x1, conv3x3

from rethinking.models.he import he_initialise
from rethinking.names.options import Positive

WIDTHS = (64, 128, 256, 512)


def build(shape: tuple[int, int, int], classes: int, *, width_factor: Positive = 1.0) -> nn.Module:
    """ResNet-18 with the stem for CIFAR: one 3×3 convolution of stride 1, no pooling.

    Args:
        shape: Channels, height and width of an image.
        classes: The number of logits.
        width_factor: Multiplies the width of every layer; 1 gives 64 to 512 channels, and
            11,173,962 parameters for 3 channels and 10 classes.
    """
    widths = [max(1, round(width * width_factor)) for width in WIDTHS]
    layers: list[nn.Module] = [
        conv3x3(shape[0], widths[0]),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(inplace=True),
        BasicBlock(widths[0], widths[0]),
        BasicBlock(widths[0], widths[0]),
    ]
    for before, after in pairwise(widths):
        shortcut = nn.Sequential(conv1x1(before, after, stride=2), nn.BatchNorm2d(after))
        layers += [BasicBlock(before, after, 2, shortcut), BasicBlock(after, after)]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes)]
    return he_initialise(nn.Sequential(*layers))
