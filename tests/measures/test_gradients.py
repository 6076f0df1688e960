"""Derivatives of logits against finite differences and each image's own Jacobian."""

import pytest
import torch
from torch.autograd.functional import jacobian
from torch.nn.functional import cross_entropy

from rethinking.measures.helpers.gradients import gradient_norms, jacobians
from rethinking.models import mlp
from tests.helpers.subjects import CLASSES, NETWORKS, SHAPE, network_with_statistics


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_finite_differences(name):
    network = network_with_statistics(name).double()
    images = torch.randn(4, *SHAPE, dtype=torch.float64)
    logits, rows = jacobians(network, images)
    torch.testing.assert_close(logits, network(images).detach())
    direction = torch.randn(SHAPE, dtype=torch.float64)
    step = 1e-6
    with torch.no_grad():
        change = (network(images + step * direction) - network(images - step * direction)) / (
            2 * step
        )
    along = rows @ direction.flatten()
    torch.testing.assert_close(along, change, rtol=1e-4, atol=1e-6)


def test_norms_are_those_of_each_images_own_jacobian():
    torch.manual_seed(0)
    network = mlp.build(SHAPE, CLASSES, hidden=[9])
    images, labels = torch.randn(5, *SHAPE), torch.tensor([0, 1, 2, 0, 1])
    found = gradient_norms(network, images, labels)
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        rows = jacobian(lambda x: network(x[None])[0], image).flatten(start_dim=1)
        first, second = network(image[None])[0].topk(2).indices
        assert float(found.margin[place]) == pytest.approx(
            float((rows[first] - rows[second]).norm())
        )
        loss = jacobian(lambda x, y=label: cross_entropy(network(x[None]), y[None]), image)
        assert float(found.loss[place]) == pytest.approx(float(loss.norm()), rel=1e-5)
        assert float(found.frobenius[place]) == pytest.approx(float(rows.norm()), rel=1e-5)
        spectral = float(torch.linalg.matrix_norm(rows, ord=2))
        assert float(found.spectral[place]) == pytest.approx(spectral, rel=1e-5)
