"""Path norms against the sum over all paths."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import fx, nn
from torch.fx.experimental.optimization import fuse

from rethinking.measures.helpers.lipschitz import lipschitz_upper_bound
from rethinking.measures.helpers.metric import NotDefinedError
from rethinking.measures.helpers.path_norm import path_norm
from rethinking.models import mlp
from rethinking.models.inception import Branches
from tests.helpers.subjects import NETWORKS, SHAPE, Residual, network_with_statistics, traced


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
