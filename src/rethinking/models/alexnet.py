"""The small AlexNet of Zhang et al. (2017, §A.1)."""

from torch import nn

from rethinking.models.he import he_initialise
from rethinking.names.options import Positive, Probability

WIDTHS = (64, 64, 384, 192)


def build(
    shape: tuple[int, int, int],
    classes: int,
    *,
    width_factor: Positive = 1.0,
    dropout: Probability = 0.0,
) -> nn.Module:
    """Two 5×5 convolutions, each with max-pooling and normalisation, and two hidden layers.

    At full width, for 28×28 crops with 3 channels and 10 classes, it has the published 1,387,786
    parameters. The paper does not give the constants of the local response normalisation
    (Krizhevsky et al., 2012, §3.3); these are the constants of TensorFlow's CIFAR-10 tutorial, the
    model of the paper's network.

    Args:
        shape: Channels, height and width of an image.
        classes: The number of logits.
        width_factor: Multiplies the width of every layer.
        dropout: The probability with which a unit of the two hidden layers is dropped in training,
            as Krizhevsky et al. (2012, §4.2) do.
    """
    first, second, third, fourth = (max(1, round(width * width_factor)) for width in WIDTHS)
    layers: list[nn.Module] = []
    channels, height, width = shape
    for after in (first, second):
        layers += [
            nn.Conv2d(channels, after, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.LocalResponseNorm(9, alpha=1e-3, beta=0.75, k=1.0),
        ]
        channels, height, width = after, (height + 1) // 2, (width + 1) // 2
    layers.append(nn.Flatten())
    for before, after in ((channels * height * width, third), (third, fourth)):
        layers += [nn.Linear(before, after), nn.ReLU(inplace=True)]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return he_initialise(nn.Sequential(*layers, nn.Linear(fourth, classes)))
