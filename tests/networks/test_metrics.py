"""A network as measures see it: trained, untrained or diverged."""

import math

import pytest
import torch
from torch import nn

from rethinking.measures.helpers.metric import Metric, Subject
from rethinking.networks.metrics import metrics_of_network, subject
from rethinking.training.data import TrainingData
from rethinking.training.run import Trained


def data_of(images, labels=None):
    """Data of one network, with the same images for training and testing."""
    labels = torch.zeros(len(images), dtype=torch.long) if labels is None else labels
    return TrainingData(images[None], labels[None], images[None], labels[None])


def size(subject: Subject):
    """A measure: the norm of the weights, a point of a curve, and what is not defined."""
    norm = float(subject.function.weight.detach().norm())
    note = "not defined"
    return [
        Metric("norm", norm, "size"),
        Metric("curve", norm, "size", x=1.0, note="first"),
        Metric("odd", math.nan, note=note),
    ]


def layer(factor):
    network = nn.Linear(3, 2)
    nn.init.constant_(network.weight, factor)
    return network


def measured(status):
    """The metrics of a network whose weights were 1, and are 5 after training."""
    trained = None if status is None else Trained(0, status, 3, layer(5.0).state_dict())
    return metrics_of_network(layer(1.0), trained, data_of(torch.zeros(4, 1, 1, 3)), 0, size)


@pytest.mark.parametrize(
    ("status", "factor"), [("interpolated", 5), ("budget_ended", 5), (None, 1)]
)
def test_what_is_measured_are_the_weights_after_training_or_before(status, factor):
    norm, curve, odd = measured(status)
    assert norm.value == curve.value == pytest.approx(factor * 6**0.5)
    assert math.isnan(odd.value)


def test_of_a_network_that_diverged_what_would_have_been_measured_is_named():
    found = measured("diverged")
    assert all(math.isnan(metric.value) for metric in found)
    assert [metric.name for metric in found] == ["norm", "curve", "odd"]
    assert [metric.unit for metric in found] == [metric.unit for metric in measured(None)]
    assert [metric.note for metric in found] == ["diverged", "first", "not defined"]
    assert found[1].x == 1


def test_a_subject_has_the_data_of_the_network():
    images, labels = torch.randn(4, 1, 1, 3), torch.arange(4)
    data = TrainingData(images[None], labels[None], images[None, :2], labels[None, :2])
    found = subject(len, data, 7, differentiable=False)
    assert (found.function, found.seed, found.differentiable) == (len, 7, False)
    assert torch.equal(found.train_images, images)
    assert torch.equal(found.train_labels, labels)
    assert torch.equal(found.test_images, images[:2])
    assert torch.equal(found.test_labels, labels[:2])
    assert subject(len, data, 7).differentiable


def statistics(network, images):
    """Mean and standard deviation of the channels of an untrained network as measures see it."""
    seen = []

    def look(subject: Subject):
        assert not network.training
        outputs = subject.function(images)
        seen.extend([outputs.mean(dim=(0, 2, 3)), outputs.std(dim=(0, 2, 3))])
        return [Metric("x", 1.0)]

    metrics_of_network(network, None, data_of(images), 0, look)
    return seen


def test_untrained_networks_have_the_statistics_of_the_data():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    nn.init.constant_(network[0].weight, 3)
    mean, spread = statistics(network, 5 + 2 * torch.randn(7000, 1, 4, 4))
    torch.testing.assert_close(mean, torch.zeros(2), atol=1e-2, rtol=0)
    torch.testing.assert_close(spread, torch.ones(2), atol=1e-2, rtol=0)


def test_the_statistics_of_untrained_networks_do_not_depend_on_how_much_is_measured_at_once(
    monkeypatch,
):
    # In the order of their brightness, so that parts differ.
    images = torch.linspace(0, 1, 100)[:, None, None, None] + 0.1 * torch.randn(100, 1, 4, 4)
    whole, parts = (nn.BatchNorm2d(1) for _ in range(2))
    statistics(whole, images)
    monkeypatch.setattr("rethinking.measures.helpers.logits.PIXELS", 7 * 16)
    statistics(parts, images)
    assert torch.equal(whole.running_var, parts.running_var)
    assert float(whole.running_var) == pytest.approx(float(images.var()), rel=1e-4)
