"""Architectures: published sizes, known functions, initial weights, gradients, dropout."""

from itertools import pairwise

import pytest
import torch
from torch.nn.modules.batchnorm import _BatchNorm

from rethinking.models.he import he_initialise
from rethinking.training.networks import build_network
from tests.helpers.architectures import CASES


def count(network, without_batch_norm=False):
    left_out = {
        id(parameter)
        for module in network.modules()
        if without_batch_norm and isinstance(module, _BatchNorm)
        for parameter in module.parameters()
    }
    return sum(p.numel() for p in network.parameters() if id(p) not in left_out)


@pytest.mark.parametrize(
    ("module", "options", "published"),
    [
        ("inception", {}, 1_649_402),
        ("inception", {"batch_norm": False}, 1_649_402),
        ("alexnet", {}, 1_387_786),
        ("mlp", {"hidden": [512] * 3}, 1_735_178),
        ("mlp", {"hidden": [512]}, 1_209_866),
    ],
)
def test_networks_have_as_many_parameters_as_published(module, options, published):
    # Zhang et al. (2017), Table 1: on 28×28 crops of CIFAR-10, not counting BatchNorm's.
    network = build_network(module, options, (3, 28, 28), 10, 0)
    assert count(network, without_batch_norm=True) == published


@pytest.mark.parametrize("batch_norm", [False, True])
def test_vgg11_is_the_convolutions_of_torchvisions(batch_norm):
    from torchvision.models import vgg11, vgg11_bn

    theirs = (vgg11_bn if batch_norm else vgg11)().features
    ours = build_network("vgg11", {"pools": 5, "batch_norm": batch_norm}, (3, 32, 32), 10, 0)
    assert [type(layer) for layer in ours[0]] == [type(layer) for layer in theirs]
    ours[0].load_state_dict(theirs.state_dict())
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = ours[-1](theirs.train(False)(images).flatten(1))
        torch.testing.assert_close(ours.train(False)(images), expected)


def test_vgg11_keeps_as_many_pools_as_its_option_says():
    for pools in range(6):
        network = build_network("vgg11", {"pools": pools, "width_factor": 0.02}, (1, 32, 32), 3, 0)
        assert sum(isinstance(layer, torch.nn.MaxPool2d) for layer in network[0]) == pools
        assert network[0](torch.zeros(1, 1, 32, 32)).shape[-1] == 32 // 2**pools


def test_alexnet_normalises_by_the_constants_of_its_model():
    # Krizhevsky et al. (2012, §3.3), after pooling as Zhang et al. (2017, §A.1); TensorFlow's
    # tutorial says radius 4, bias 1, α = 0.001 / 9, β = 0.75.
    network = build_network("alexnet", {"width_factor": 0.25}, (1, 8, 8), 10, 0)
    names = [type(layer).__name__ for layer in network[:8]]
    assert names == ["Conv2d", "ReLU", "MaxPool2d", "LocalResponseNorm"] * 2
    images = 100 * torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pooled = torch.nn.functional.max_pool2d(network[0](images).relu(), 3, 2, 1)
        found = network[:4](images)
    for place in range(16):
        near = pooled[:, max(0, place - 4) : place + 5].square().sum(dim=1)
        expected = pooled[:, place] / (1 + 0.001 / 9 * near) ** 0.75
        torch.testing.assert_close(found[:, place], expected)
    assert (found[pooled > 0] / pooled[pooled > 0]).min() < 0.5, "it should make a difference"


def test_inception_normalises_between_convolution_and_relu():
    # Ioffe & Szegedy (2015, algorithm 1), with ε = 1e-5, which counts where images are as dark.
    unit = build_network("inception", {"width_factor": 0.125}, (1, 8, 8), 10, 0)[0]
    images = 0.01 * torch.randn(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found, seen = unit(images), unit[0](images)
    variance, mean = torch.var_mean(seen, dim=(0, 2, 3), correction=0, keepdim=True)
    torch.testing.assert_close(found, ((seen - mean) / (variance + 1e-5).sqrt()).relu())


def test_inception_halves_the_image_twice_and_joins_the_published_widths():
    network = build_network("inception", {}, (3, 28, 28), 10, 0)
    shapes = []
    for layer in network[:-3]:
        layer.register_forward_hook(lambda _m, _i, output: shapes.append(tuple(output.shape[1:])))
    network(torch.zeros(2, 3, 28, 28))
    assert shapes == [
        (96, 28, 28), (64, 28, 28), (80, 28, 28), (160, 14, 14), (160, 14, 14), (160, 14, 14),
        (160, 14, 14), (144, 14, 14), (240, 7, 7), (336, 7, 7), (336, 7, 7),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("mlp", {"hidden": [256] * 12}),
        ("inception", {"batch_norm": False}),
        ("vgg11", {"pools": 3}),
        ("alexnet", {}),
    ],
)
def test_without_batch_norm_activations_neither_vanish_nor_explode(module, options):
    network = build_network(module, options, (3, 28, 28), 10, 0)
    assert not any(isinstance(layer, _BatchNorm) for layer in network.modules())
    images = torch.randn(64, 3, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert 0.05 < network(images).std() < 20


def test_he_initialisation_has_the_spread_of_its_equation():
    layer = he_initialise(torch.nn.Sequential(torch.nn.Conv2d(32, 64, 3), torch.nn.Linear(400, 99)))
    for module, fan_in in zip(layer, (32 * 9, 400), strict=True):
        assert module.weight.detach().std() == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)
        assert (module.bias == 0).all()


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
    # Enough images that no ReLU is dead for all of them.
    logits = network(torch.randn(50, *shape, generator=torch.Generator().manual_seed(0)))
    assert logits.shape == (50, 7)
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


DROPPING = [
    ("mlp", {"hidden": [32, 16]}, 2),
    ("inception", {"width_factor": 0.125}, 1),
    ("alexnet", {"width_factor": 0.25}, 2),
]


@pytest.mark.parametrize(("module", "options", "layers"), DROPPING)
def test_dropout_follows_hidden_layers_and_changes_neither_weights_nor_evaluation(
    module, options, layers
):
    plain = build_network(module, options, (1, 8, 8), 10, 0)
    dropping = build_network(module, options | {"dropout": 0.5}, (1, 8, 8), 10, 0)
    found = [one for one in dropping.modules() if isinstance(one, torch.nn.Dropout)]
    assert [one.p for one in found] == [0.5] * layers
    if module != "inception":  # where it follows the pooling
        names = [type(one).__name__ for one in dropping]
        before = [one for one, after in pairwise(names) if after == "Dropout"]
        assert before == ["ReLU"] * layers
    assert not any(isinstance(one, torch.nn.Dropout) for one in plain.modules())
    for one, other in zip(plain.parameters(), dropping.parameters(), strict=True):
        assert torch.equal(one, other)
    images = torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted = plain.train(False)(images)
        assert torch.equal(dropping.train(False)(images), wanted)
        torch.manual_seed(0)
        first, second = (dropping.train(True)(images) for _ in range(2))
    assert not torch.equal(first, second)
