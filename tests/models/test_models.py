import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from rethinking.training.networks import build_network

CASES = [
    ("mlp", {"hidden": [512, 512, 512]}, (1, 8, 8)),
    ("mlp", {"hidden": [7]}, (3, 5, 4)),
    ("resnet18", {"width_factor": 0.125}, (1, 8, 8)),
    ("resnet18", {"width_factor": 0.25}, (3, 32, 32)),
]


def count(network, without_batch_norm=False):
    left_out = {
        id(parameter)
        for module in network.modules()
        if without_batch_norm and isinstance(module, _BatchNorm)
        for parameter in module.parameters()
    }
    return sum(p.numel() for p in network.parameters() if id(p) not in left_out)


def test_the_mlp_has_as_many_parameters_as_published():
    # Zhang et al. (2017), Table 1: MLP 3x512 on 28x28 crops of CIFAR-10.
    network = build_network("mlp", {"hidden": [512] * 3}, (3, 28, 28), 10, 0)
    assert count(network) == 1_735_178


def test_resnet18_has_as_many_parameters_as_known():
    assert count(build_network("resnet18", {}, (3, 32, 32), 10, 0)) == 11_173_962


def test_resnet18_agrees_with_torchvision_behind_the_stem():
    # Same weights, same function: only the stem differs from torchvision's ResNet-18.
    from torchvision.models import resnet18

    theirs = resnet18(num_classes=10)
    theirs.conv1 = torch.nn.Conv2d(3, 64, 3, padding=1, bias=False)
    theirs.maxpool = torch.nn.Identity()
    ours = build_network("resnet18", {}, (3, 32, 32), 10, 0)
    names = zip(ours.state_dict(), theirs.state_dict(), strict=True)
    ours.load_state_dict({mine: theirs.state_dict()[other] for mine, other in names})
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(ours.train(False)(images), theirs.train(False)(images))


@pytest.mark.parametrize(("module", "options", "shape"), CASES)
def test_shape_and_a_gradient_through_every_parameter(module, options, shape):
    network = build_network(module, options, shape, 7, 0)
    logits = network(torch.randn(5, *shape, generator=torch.Generator().manual_seed(0)))
    assert logits.shape == (5, 7)
    (logits * torch.randn_like(logits)).sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(("module", "options", "shape"), CASES)
def test_the_seed_alone_decides_the_initial_weights(module, options, shape):
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = build_network(module, options, shape, 7, seed=3).state_dict()
    assert (torch.random.get_rng_state() == before).all()
    torch.manual_seed(2)
    second = build_network(module, options, shape, 7, seed=3).state_dict()
    other = build_network(module, options, shape, 7, seed=4).state_dict()
    assert all((first[name] == second[name]).all() for name in first)
    assert any((first[name] != other[name]).any() for name in first)
