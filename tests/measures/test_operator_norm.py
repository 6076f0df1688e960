"""Norms of linear layers against their dense matrices."""

import pytest
import torch
from torch import nn

from rethinking.measures.helpers.lipschitz import layer_norm
from rethinking.measures.helpers.operator_norm import SMALL, operator_norm
from tests.helpers.subjects import matrix_of


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


def test_layers_without_effect_have_the_norm_zero():
    layer = nn.Conv2d(4, 20, 3, padding=1)
    nn.init.zeros_(layer.weight)
    assert layer_norm(layer, torch.zeros(1, 4, 8, 8)) == 0


@pytest.mark.parametrize("outputs", [SMALL // 2, SMALL + 8])
def test_any_linear_map_has_the_norm_of_its_matrix_written_out_or_not(outputs):
    matrix = torch.randn(outputs, 50, generator=torch.Generator().manual_seed(0))
    found = operator_norm(
        lambda images: images.flatten(start_dim=1) @ matrix.T, (2, 5, 5), torch.device("cpu")
    )
    assert found == pytest.approx(float(torch.linalg.matrix_norm(matrix, ord=2)), rel=1e-5)
