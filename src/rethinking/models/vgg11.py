"""VGG-11 for small images (Simonyan & Zisserman, 2015, configuration A)."""

from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from rethinking.models.he import he_initialise
from rethinking.names.options import Pools, Positive


def build(
    shape: tuple[int, int, int],
    classes: int,
    *,
    pools: Pools,
    width_factor: Positive = 1.0,
    batch_norm: bool = False,
) -> nn.Module:
    """The convolutions of torchvision's VGG-11 and, as is usual for CIFAR, one linear layer.

    Args:
        shape: Channels, height and width of an image.
        classes: The number of logits.
        pools: How many of the five max-poolings to keep, the first ones. Each halves the image;
            all five need 32×32 pixels.
        width_factor: Multiplies the width of every layer; 1 gives, with 3 channels, 10 classes and
            no batch normalisation, 9,225,610 parameters.
        batch_norm: Whether every convolution is followed by batch normalisation.
    """
    plan: list[str | int] = []
    for entry in cfgs["A"]:
        if not isinstance(entry, str):
            plan.append(max(1, round(entry * width_factor)))
        elif plan.count(entry) < pools:
            plan.append(entry)
    features = make_layers(plan, batch_norm)
    widths = [entry for entry in plan if not isinstance(entry, str)]
    # The first convolution of torchvision has three input channels.
    features[0] = nn.Conv2d(shape[0], widths[0], 3, padding=1)
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], classes))
    return he_initialise(nn.Sequential(features, *head))
