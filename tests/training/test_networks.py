"""Networks are checked before they train, and evaluated under the statistics of their data."""

import re

import pytest
import torch
from torch import nn

from rethinking.errors import InputError
from rethinking.training.networks import (
    build_network,
    check_network,
    has_convolutions,
    logits_of,
    refresh_batch_norm,
)
from tests.helpers.architectures import CASES
from tests.helpers.training import CLASSES, MLP, RESNET18, SHAPE, build, made_up


@pytest.mark.parametrize(
    ("module", "options", "shape"),
    [("vgg11", {"pools": 5}, (3, 28, 28)), ("vgg11", {"pools": 4}, (1, 8, 8))],
)
def test_a_network_too_deep_for_the_image_is_refused_in_a_line(module, options, shape):
    network = build_network(module, {"width_factor": 0.02, **options}, shape, 10, 0)
    with pytest.raises(
        InputError, match=r"deep: cannot take images of \d×\d+×\d+ \(.+\)"
    ) as caught:
        check_network(network, shape, 10, "deep")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("module", "options", "shape"), CASES)
def test_the_check_of_a_network_leaves_it_as_it_was(module, options, shape):
    network = build_network(module, options, shape, 7, 0)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.random.get_rng_state()
    check_network(network, shape, 7, "n")
    assert network.training
    assert all((network.state_dict()[name] == value).all() for name, value in before.items())
    assert (torch.random.get_rng_state() == random).all()


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (None, "mine: its build gave None; give a torch.nn.Module"),
        (torch.nn.Flatten(), "mine: gives (2, 12) for 2 images; give a logit for each class"),
        (torch.nn.MaxPool2d(2, return_indices=True), "mine: gives tuple for 2 images"),
    ],
)
def test_a_network_that_gives_no_logits_is_refused(network, said):
    with pytest.raises(InputError, match=re.escape(said)):
        check_network(network, (3, 2, 2), 10, "mine")


def test_a_network_looks_through_convolutions_at_whatever_depth():
    assert has_convolutions(build(RESNET18, 0))
    assert has_convolutions(nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 1))))
    assert not has_convolutions(build(MLP, 0))


def normalising():
    """BatchNorm of the images themselves, whose statistics are known."""
    return nn.Sequential(nn.BatchNorm2d(1))


def test_statistics_are_those_of_the_images_they_are_recomputed_over():
    images = 3 + 2 * made_up([0], n=50).train_images[0]
    network = normalising()
    network(images[:5] * 9)  # what it has seen before is forgotten
    for _ in range(2):
        refresh_batch_norm(network, images)
        torch.testing.assert_close(network[0].running_mean, images.mean()[None])
        torch.testing.assert_close(network[0].running_var, images.var()[None])
    assert network.training


def test_a_sample_is_taken_at_even_distances(monkeypatch):
    monkeypatch.setattr("rethinking.training.networks.BATCH_NORM_IMAGES", 20)
    images = torch.linspace(-2, 2, 60)[:, None, None, None].expand(60, *SHAPE)
    network = normalising()
    refresh_batch_norm(network, images)
    torch.testing.assert_close(network[0].running_mean, images[::3].mean()[None])


@pytest.mark.parametrize(("images", "sizes"), [(13, [4, 3, 3, 3]), (4, [4]), (5, [3, 2])])
def test_parts_that_weigh_equally_are_equal_up_to_one_image(monkeypatch, images, sizes):
    monkeypatch.setattr("rethinking.training.networks.EVALUATION_BATCH", 4)
    network, seen = normalising(), []
    network.register_forward_hook(lambda _, inputs, __: seen.append(len(inputs[0])))
    refresh_batch_norm(network, torch.randn(images, *SHAPE))
    assert seen == sizes


def test_a_network_without_batch_norm_is_left_alone():
    network = build(("mlp", {"hidden": [8], "dropout": 0.5}), 0)
    network.register_forward_hook(lambda *_: pytest.fail("there is nothing to recompute"))
    refresh_batch_norm(network, made_up([0]).train_images[0])


def test_logits_are_those_of_evaluation_in_parts_or_in_one_piece(monkeypatch):
    images = made_up([0]).train_images[0]
    network = build(("mlp", {"hidden": [8], "dropout": 0.5}), 0)
    found = logits_of(network, images)
    assert found.shape == (60, CLASSES)
    assert not found.requires_grad
    torch.testing.assert_close(found, network.train(False)(images).detach())
    monkeypatch.setattr("rethinking.training.networks.EVALUATION_BATCH", 7)
    torch.testing.assert_close(logits_of(network.train(True), images), found)
