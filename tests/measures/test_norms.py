"""Operator norms, Lipschitz bounds and path norms against matrices and enumeration."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx, nn
from torch.func import jacrev
from torch.fx.experimental.optimization import fuse

from rethinking.measures.helpers.gradients import gradient_norms
from rethinking.measures.helpers.lipschitz import (
    layer_norm,
    lipschitz_upper_bound,
    local_response_norm_gain,
    max_pool_gain,
)
from rethinking.measures.helpers.metric import NotDefinedError
from rethinking.measures.helpers.path_norm import path_norm
from rethinking.models import alexnet, inception, mlp, resnet18, vgg11
from rethinking.models.he import he_initialise
from rethinking.models.inception import Branches

SHAPE = (2, 8, 8)
NETWORKS = {
    "alexnet": lambda: alexnet.build(SHAPE, 3, width_factor=0.05),
    "inception": lambda: inception.build(SHAPE, 3, width_factor=0.05),
    "inception_no_bn": lambda: inception.build(SHAPE, 3, width_factor=0.05, batch_norm=False),
    "mlp": lambda: mlp.build(SHAPE, 3, hidden=[9, 7]),
    "resnet18": lambda: resnet18.build(SHAPE, 3, width_factor=0.05),
    "vgg11": lambda: vgg11.build(SHAPE, 3, width_factor=0.05, pools=3),
    "vgg11_bn": lambda: vgg11.build(SHAPE, 3, width_factor=0.05, pools=3, batch_norm=True),
}


def network_with_statistics(name, seed=0):
    """A network as training leaves it: nothing in its BatchNorm is 0 or 1."""
    torch.manual_seed(seed)
    network = NETWORKS[name]().train(False)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    for name, bias in network.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(bias, 0, 0.2)
    return network


def traced(*layers):
    return fx.symbolic_trace(nn.Sequential(*layers).train(False))


def matrix_of(linear, shape):
    """The dense matrix of a linear map, column by column."""
    units = torch.eye(torch.Size(shape).numel()).reshape(-1, *shape)
    return linear(units).detach().flatten(start_dim=1).T


@pytest.mark.parametrize("padding_mode", ["zeros", "circular"])
@pytest.mark.parametrize(
    ("side", "stride", "padding"),
    [(1, 1, 0), (3, 1, 1), (3, 2, 1), (5, 1, 2), (3, 3, 0), (2, 2, 0)],
)
def test_the_norm_of_a_convolution_is_that_of_its_dense_matrix(side, stride, padding, padding_mode):
    torch.manual_seed(1)
    layer = nn.Conv2d(3, 5, side, stride, padding, padding_mode=padding_mode)
    bare = nn.Conv2d(3, 5, side, stride, padding, padding_mode=padding_mode, bias=False)
    bare.weight = layer.weight
    dense = torch.linalg.matrix_norm(matrix_of(bare, (3, 7, 6)), ord=2)
    found = layer_norm(layer, torch.zeros(1, 3, 7, 6))
    assert found == pytest.approx(float(dense), rel=1e-5)
    reshaped = torch.linalg.matrix_norm(layer.weight.detach().flatten(start_dim=1), ord=2)
    if side > stride:
        assert found != pytest.approx(float(reshaped), rel=1e-2)


def test_the_norm_of_a_large_convolution_with_equal_singular_values():
    layer = nn.Conv2d(64, 64, 1, bias=False)
    nn.init.orthogonal_(layer.weight)
    assert layer_norm(layer, torch.zeros(1, 64, 8, 8)) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    ("pool", "shape"),
    [
        (nn.AvgPool2d(2), (3, 8, 8)),
        (nn.AvgPool2d(3, stride=1, padding=1), (2, 6, 6)),
        (nn.AdaptiveAvgPool2d(1), (4, 5, 5)),
        (nn.AdaptiveAvgPool2d(3), (2, 7, 7)),
    ],
)
def test_average_pooling_has_the_norm_of_its_dense_matrix(pool, shape):
    dense = torch.linalg.matrix_norm(matrix_of(pool, shape), ord=2)
    bound, _ = lipschitz_upper_bound(traced(pool), torch.zeros(1, *shape))
    assert bound == pytest.approx(float(dense), rel=1e-5)


@pytest.mark.parametrize(
    ("pool", "gain"),
    [
        (nn.MaxPool2d(2), 1),
        (nn.MaxPool2d(3, stride=2, padding=1), 2),
        (nn.MaxPool2d(3, stride=1, padding=1), 3),
        (nn.MaxPool2d((3, 1), stride=(1, 1)), 3**0.5),
    ],
)
def test_max_pooling_gains_what_one_hot_pixel_gains(pool, gain):
    images = torch.zeros(1, 1, 8, 8)
    assert max_pool_gain(pool, images) == pytest.approx(gain)
    hot = torch.eye(64).reshape(64, 1, 8, 8)
    assert float(pool(hot).flatten(start_dim=1).norm(dim=1).max()) == pytest.approx(gain)


@pytest.mark.parametrize("scale", [0.1, 1, 10, 100])
def test_local_response_normalisation_stays_within_its_bound(scale):
    torch.manual_seed(0)
    layer = nn.LocalResponseNorm(9, alpha=1e-1, beta=0.75, k=1.0)
    bound = local_response_norm_gain(layer)
    for image in scale * torch.randn(50, 1, 12, 1, 1):
        rows = jacrev(layer)(image).reshape(12, 12)
        assert float(torch.linalg.matrix_norm(rows, ord=2)) <= bound
    assert bound < 3


@pytest.mark.parametrize("name", NETWORKS)
def test_folded_batch_normalisation_changes_nothing(name):
    network = network_with_statistics(name)
    images = torch.randn(20, *SHAPE)
    folded = fuse(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(images), network(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_no_jacobian_exceeds_the_bound_from_above_or_a_difference_of_images(name, seed):
    folded = fuse(network_with_statistics(name, seed))
    images = torch.randn(30, *SHAPE)
    norms = gradient_norms(folded, images, torch.zeros(30, dtype=torch.long)).spectral
    bound, layers = lipschitz_upper_bound(folded, images[:1])
    assert float(norms.max()) <= bound
    with torch.no_grad():
        apart = (folded(images[:15]) - folded(images[15:])).norm(dim=1)
    distance = (images[:15] - images[15:]).flatten(start_dim=1).norm(dim=1)
    assert float((apart / distance).max()) <= bound
    weighted = [m for m in folded.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == len(weighted)


def test_the_bound_of_a_linear_network_is_the_product_of_its_norms():
    torch.manual_seed(0)
    first, second = nn.Linear(12, 7), nn.Linear(7, 3)
    bound, layers = lipschitz_upper_bound(
        traced(nn.Flatten(), first, nn.ReLU(), second), torch.zeros(1, 3, 2, 2)
    )
    norms = [float(torch.linalg.matrix_norm(one.weight.detach(), ord=2)) for one in (first, second)]
    assert bound == pytest.approx(norms[0] * norms[1], rel=1e-6)
    assert list(layers.values()) == pytest.approx(norms, rel=1e-6)


class Residual(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.main = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(self.main.weight, factor)

    def forward(self, images):
        return self.main(images) + images


def test_branches_add_and_joined_channels_add_in_squares():
    bound, _ = lipschitz_upper_bound(traced(Residual(2), Residual(-0.5)), torch.zeros(1, 1, 3, 3))
    assert bound == pytest.approx(3 * 1.5)
    three, four = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 1)
    nn.init.constant_(three.weight, 3)
    nn.init.constant_(four.weight, -4)
    bound, _ = lipschitz_upper_bound(traced(Branches(three, four)), torch.zeros(1, 1, 3, 3))
    assert bound == pytest.approx(5)


def enumerated(network, inputs, exponent):
    """The path norm of a perceptron, one path after the other."""
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    total = 0.0
    for start in range(len(layers)):
        weights = [layer.weight.double() for layer in layers[start + 1 :]]
        entries = [
            (layers[start].bias.double()[unit], unit) for unit in range(len(layers[start].bias))
        ]
        if start == 0:
            first = layers[0].weight.double()
            pairs = itertools.product(range(inputs), range(len(first)))
            entries += [(first[unit, one], unit) for one, unit in pairs]
        for value, unit in entries:
            for path in itertools.product(*(range(len(matrix)) for matrix in weights)):
                product, at = value, unit
                for matrix, onto in zip(weights, path, strict=True):
                    product, at = product * matrix[onto, at], onto
                total += float(product.detach().abs()) ** exponent
    return total ** (1 / exponent)


@pytest.mark.parametrize("exponent", [1, 2])
def test_the_path_norm_of_a_perceptron_is_the_sum_over_its_paths(exponent):
    torch.manual_seed(0)
    network = mlp.build((1, 2, 2), 3, hidden=[4, 3])
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.bias)
    found = path_norm(fx.symbolic_trace(network), (1, 2, 2), exponent)
    assert found == pytest.approx(enumerated(network, 4, exponent), rel=1e-9)


@pytest.mark.parametrize("exponent", [1, 2])
def test_the_path_norm_through_pooling_counts_every_path(exponent):
    weight = torch.tensor([[1.0, -2.0]])
    last = nn.Linear(2, 1, bias=False)
    last.weight.data = weight
    # Two channels of 2×2 pixels: a maximum has four paths of weight 1, an average four of 1/4.
    for pool, power in ((nn.MaxPool2d(2), 1.0), (nn.AdaptiveAvgPool2d(1), 4.0**-exponent),
                        (nn.AvgPool2d(2), 4.0**-exponent)):  # fmt: skip
        network = traced(pool, nn.Flatten(), last)
        sums = 4 * power * (1 + 2**exponent)
        found = path_norm(network, (2, 2, 2), exponent)
        assert found == pytest.approx(sums ** (1 / exponent), rel=1e-12)


def test_the_path_norm_through_a_residual_block_and_joined_channels():
    # Paths of weight 1 and 2 in the first block, 1 and 3 in the second, from each of 4 pixels.
    network = traced(Residual(2), Residual(-3), nn.AdaptiveAvgPool2d(1))
    assert path_norm(network, (1, 2, 2), 1) == pytest.approx(3 * 4)
    both = Branches(nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 2, 1, bias=False))
    for weights, values in zip(both.parameters(), ([-2.0], [1.0, 5.0]), strict=True):
        weights.data = torch.tensor(values).reshape(weights.shape)
    assert path_norm(traced(both), (1, 1, 1), 2) == pytest.approx((4 + 1 + 25) ** 0.5)


@given(st.floats(0.1, 10), st.integers(0, 8))
@settings(max_examples=20, deadline=None)
def test_rescaling_a_hidden_unit_leaves_the_path_norm(factor, unit):
    torch.manual_seed(0)
    network = mlp.build(SHAPE, 3, hidden=[9, 7])
    before = [path_norm(fx.symbolic_trace(network), SHAPE, exponent) for exponent in (1, 2)]
    with torch.no_grad():
        network[1].weight[unit] *= factor
        network[1].bias[unit] *= factor
        network[3].weight[:, unit] /= factor
    after = [path_norm(fx.symbolic_trace(network), SHAPE, exponent) for exponent in (1, 2)]
    assert after == pytest.approx(before, rel=1e-5)


def test_rescaling_a_channel_leaves_the_path_norm_of_a_convolutional_network():
    network = network_with_statistics("vgg11")
    before = path_norm(fuse(network), SHAPE, 2)
    first, second = [module for module in network.modules() if isinstance(module, nn.Conv2d)][:2]
    with torch.no_grad():
        first.weight[0] *= 7
        first.bias[0] *= 7
        second.weight[:, 0] /= 7
    assert path_norm(fuse(network), SHAPE, 2) == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "alexnet"])
def test_every_network_without_response_normalisation_has_a_path_norm(name):
    assert path_norm(fuse(network_with_statistics(name)), SHAPE, 1) > 0


def test_what_is_not_defined_is_refused_by_name():
    folded = fuse(network_with_statistics("alexnet"))
    with pytest.raises(NotDefinedError, match="not defined through LocalResponseNorm"):
        path_norm(folded, SHAPE)
    images = torch.zeros(1, 2, 4, 4)
    odd = (
        (traced(nn.Tanh()), "Tanh"),
        (traced(nn.BatchNorm2d(2)), "BatchNorm2d"),
        (traced(nn.MaxPool2d(2, ceil_mode=True)), "MaxPool2d"),
    )
    for network, layer in odd:
        with pytest.raises(NotDefinedError, match=layer):
            path_norm(network, (2, 4, 4))
        with pytest.raises(NotDefinedError, match=layer):
            lipschitz_upper_bound(network, images)
    for pool in (nn.AvgPool2d(3, padding=1, count_include_pad=False), nn.AdaptiveAvgPool2d(3)):
        with pytest.raises(NotDefinedError, match=type(pool).__name__):
            path_norm(traced(pool), (2, 4, 4))


def test_a_dead_network_is_bounded_by_zero():
    network = he_initialise(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)))
    nn.init.zeros_(network[1].weight)
    bound, _ = lipschitz_upper_bound(fx.symbolic_trace(network), torch.zeros(1, 1, 2, 2))
    assert bound == 0


def test_layers_without_effect_have_the_norm_zero():
    layer = nn.Conv2d(4, 20, 3, padding=1)
    nn.init.zeros_(layer.weight)
    assert layer_norm(layer, torch.zeros(1, 4, 8, 8)) == 0


class Shifted(nn.Module):
    def forward(self, images):
        return images + 1


def test_sums_with_constants_are_refused_by_name():
    with pytest.raises(NotDefinedError, match="no bound is known through add"):
        lipschitz_upper_bound(fx.symbolic_trace(Shifted()), torch.zeros(1, 1, 2, 2))
