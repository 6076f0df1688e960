"""Accuracy and loss of logits that are known."""

import math

import pytest
import torch
from torch import nn

from rethinking.measures.accuracy import measure
from rethinking.measures.helpers.metric import Subject


def test_accuracy_and_loss_of_a_network_whose_logits_are_known():
    # The "network" passes its input through, so images are logits.
    logits = torch.tensor([[2.0, 0.0], [0.0, 2.0], [3.0, 0.0], [0.0, 0.0]])
    labels = torch.tensor([0, 1, 1, 1])
    images = logits[:, :, None, None]
    subject = Subject(nn.Flatten(), True, images[:3], labels[:3], images[3:], labels[3:], 0)
    found = {metric.name: metric for metric in measure(subject)}
    assert found["train_accuracy"].value == pytest.approx(2 / 3)
    assert found["train_accuracy"].points is None
    assert found["test_accuracy"].points == 1
    right, wrong = math.log(1 + math.exp(-2)), math.log(1 + math.exp(3))
    assert found["train_loss"].value == pytest.approx((2 * right + wrong) / 3)
    assert found["test_loss"].value == pytest.approx(math.log(2))
    assert found["test_loss"].points is None
    assert [found[f"{split}_accuracy"].unit for split in ("train", "test")] == ["share"] * 2
