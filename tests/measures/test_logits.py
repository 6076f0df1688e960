"""Logits that can be compared between networks."""

import pytest
import torch
from torch import nn
from torch.fx.experimental.optimization import fuse

from rethinking.measures.helpers.logits import (
    evaluate,
    logit_scale,
    signed_margins,
    standardised,
    standardised_network,
)
from tests.helpers.subjects import (
    NETWORKS,
    SHAPE,
    linear_network,
    make_subject,
    network_with_statistics,
)


@pytest.mark.parametrize("name", NETWORKS)
def test_folded_batch_normalisation_changes_nothing(name):
    network = network_with_statistics(name)
    images = torch.randn(20, *SHAPE)
    folded = fuse(network)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(images), network(images), rtol=1e-5, atol=1e-5)


def test_standardised_logits_have_mean_zero_and_one_scale():
    network = network_with_statistics("inception")
    images = torch.randn(50, *SHAPE)
    for function in (standardised(network, images), standardised_network(network, images)):
        with torch.no_grad():
            logits = function(images)
        torch.testing.assert_close(logits.mean(dim=1), torch.zeros(50), atol=1e-5, rtol=0)
        assert float(logits.var(dim=0, correction=0).mean()) == pytest.approx(1, rel=1e-4)
        # One scale for all classes leaves the predictions.
        assert (logits.argmax(dim=1) == network(images).argmax(dim=1)).all()


def test_what_a_class_has_at_all_images_is_no_variation():
    network = linear_network()
    images = make_subject(None).test_images
    before = logit_scale(network, images)
    with torch.no_grad():
        network[1].bias += torch.tensor([0.0, 50.0, -20.0])
    assert logit_scale(network, images) == pytest.approx(before, rel=1e-4)
    # But for rounding, a constant function has no scale at all.
    nn.init.zeros_(network[1].weight)
    assert logit_scale(network, images) == 1


def test_signed_margins():
    logits = torch.tensor([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert signed_margins(logits, torch.tensor([0, 1, 0])).tolist() == [2, -2, 0]


def test_images_larger_than_a_chunk_are_taken_one_by_one(monkeypatch):
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 5)
    network = network_with_statistics("mlp")
    images = torch.randn(7, *SHAPE)
    torch.testing.assert_close(evaluate(network, images), network(images).detach())
