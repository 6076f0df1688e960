"""Functions of small images, and what measures take them with."""

import math

import torch
from torch import fx, nn

from rethinking.measures.helpers.metric import Subject
from rethinking.models import alexnet, inception, mlp, resnet18, vgg11

SHAPE, CLASSES = (2, 8, 8), 3
# A module of rethinking.models, and options of its build.
NETWORKS = {
    "alexnet": (alexnet, {"width_factor": 0.05}),
    "inception": (inception, {"width_factor": 0.05}),
    "inception_no_bn": (inception, {"width_factor": 0.05, "batch_norm": False}),
    "mlp": (mlp, {"hidden": [9, 7]}),
    "resnet18": (resnet18, {"width_factor": 0.05}),
    "vgg11": (vgg11, {"width_factor": 0.05, "pools": 3}),
    "vgg11_bn": (vgg11, {"width_factor": 0.05, "pools": 3, "batch_norm": True}),
}


def network_with_statistics(name, seed=0, shape=SHAPE):
    """A network as training leaves it: nothing in its BatchNorm is 0 or 1."""
    torch.manual_seed(seed)
    module, options = NETWORKS[name]
    network = module.build(shape, CLASSES, **options).train(False)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.2)
    for name, bias in network.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(bias, 0, 0.2)
    return network


def linear_network():
    """A linear map with a bias."""
    torch.manual_seed(3)
    network = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(SHAPE), CLASSES))
    nn.init.normal_(network[1].bias)
    return network


def traced(*layers):
    """Layers one after the other, as a graph."""
    return fx.symbolic_trace(nn.Sequential(*layers).train(False))


def matrix_of(linear, shape):
    """The dense matrix of a linear map of images of a shape, column by column."""
    units = torch.eye(math.prod(shape)).reshape(-1, *shape)
    return linear(units).detach().flatten(start_dim=1).T


class Residual(nn.Module):
    """A convolution of one pixel by a factor, added to its input."""

    def __init__(self, factor):
        super().__init__()
        self.main = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(self.main.weight, factor)

    def forward(self, images):
        return self.main(images) + images


def make_subject(function, differentiable=True, seed=0):
    """A function with 40 random training images and 20 test images."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(60, *SHAPE, generator=generator)
    labels = torch.randint(CLASSES, (60,), generator=generator)
    return Subject(
        function, differentiable, images[:40], labels[:40], images[40:], labels[40:], seed
    )


def values(metrics):
    """The numbers that are points of no curve or picture, by name."""
    return {metric.name: metric.value for metric in metrics if math.isnan(metric.x)}
