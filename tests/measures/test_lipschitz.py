"""Upper bounds of Lipschitz constants against matrices, Jacobians and differences."""

import pytest
import torch
from torch import fx, nn
from torch.func import jacrev
from torch.fx.experimental.optimization import fuse

from rethinking.measures.helpers.gradients import gradient_norms
from rethinking.measures.helpers.lipschitz import (
    lipschitz_upper_bound,
    local_response_norm_gain,
    max_pool_gain,
)
from rethinking.measures.helpers.metric import NotDefinedError
from rethinking.models.he import he_initialise
from rethinking.models.inception import Branches
from tests.helpers.subjects import (
    NETWORKS,
    SHAPE,
    Residual,
    matrix_of,
    network_with_statistics,
    traced,
)


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


def test_branches_add_and_joined_channels_add_in_squares():
    bound, _ = lipschitz_upper_bound(traced(Residual(2), Residual(-0.5)), torch.zeros(1, 1, 3, 3))
    assert bound == pytest.approx(3 * 1.5)
    three, four = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 1)
    nn.init.constant_(three.weight, 3)
    nn.init.constant_(four.weight, -4)
    bound, _ = lipschitz_upper_bound(traced(Branches(three, four)), torch.zeros(1, 1, 3, 3))
    assert bound == pytest.approx(5)


def test_a_dead_network_is_bounded_by_zero():
    network = he_initialise(nn.Sequential(nn.Flatten(), nn.Linear(4, 3)))
    nn.init.zeros_(network[1].weight)
    bound, _ = lipschitz_upper_bound(fx.symbolic_trace(network), torch.zeros(1, 1, 2, 2))
    assert bound == 0


class Shifted(nn.Module):
    def forward(self, images):
        return images + 1


def test_sums_with_constants_are_refused_by_name():
    with pytest.raises(NotDefinedError, match="no bound is known through add"):
        lipschitz_upper_bound(fx.symbolic_trace(Shifted()), torch.zeros(1, 1, 2, 2))
