"""Several networks as one program compute what each computes alone."""

import copy
import shutil
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from rethinking.training.members import Members, can_stack
from rethinking.training.networks import build_network
from rethinking.training.steps import optimizer_of, train_step
from tests.helpers.architectures import CASES
from tests.helpers.training import (
    CLASSES,
    MLP,
    RECIPE,
    RESNET18,
    SHAPE,
    build,
    fit_networks,
    made_up,
)

DROPPING = ("mlp", {"hidden": [16, 8], "dropout": 0.5})


@pytest.mark.parametrize(("module", "options", "shape"), CASES)
def test_perceptrons_are_stacked_and_no_other_architecture(module, options, shape):
    assert can_stack(build_network(module, options, shape, 7, 0)) == (module == "mlp")


def test_perceptrons_that_drop_units_are_stacked():
    assert can_stack(build(DROPPING, 0))


class Doubled(nn.Linear):
    def forward(self, inputs):
        return 2 * super().forward(inputs)


class Doubling(nn.Sequential):
    def forward(self, inputs):
        return 2 * super().forward(inputs)


def test_what_computes_or_keeps_anything_else_is_not_stacked():
    linear = nn.Linear(16, CLASSES)
    assert can_stack(nn.Sequential(nn.Flatten(), linear))
    with_buffer = nn.Sequential(nn.Flatten(), linear)
    with_buffer.register_buffer("mask", torch.ones(3))
    others = [
        linear,
        with_buffer,
        nn.Sequential(nn.Flatten(), linear, nn.GELU()),
        nn.Sequential(nn.Flatten(), linear, nn.BatchNorm1d(CLASSES)),
        nn.Sequential(nn.Flatten(), nn.Sequential(linear)),
        nn.Sequential(nn.Flatten(), nn.Linear(16, CLASSES, bias=False)),
        nn.Sequential(nn.Flatten(), Doubled(16, CLASSES)),
        Doubling(nn.Flatten(), linear),
    ]
    assert not any(can_stack(one) for one in others)


@pytest.mark.parametrize("network", [MLP, ("mlp", {"hidden": []}), DROPPING])
def test_stacked_members_give_the_logits_of_each(network):
    networks = [build(network, seed).train(False) for seed in range(3)]
    images = torch.randn(3, 7, *SHAPE, generator=torch.Generator().manual_seed(0))
    members = Members(networks)
    members.train(False)
    expected = torch.stack([one(part) for one, part in zip(networks, images, strict=True)])
    assert expected.shape == (3, 7, CLASSES)
    torch.testing.assert_close(members(images), expected)


@pytest.mark.parametrize("network", [MLP, RESNET18])
def test_a_single_member_is_the_network_itself(network):
    images = made_up([0]).train_images
    alone = build(network, 0)
    expected = copy.deepcopy(alone)(images[0])  # in training mode, by the statistics of the batch
    members = Members([alone])
    members.train(True)
    # Convolutions sum in another order, for their images lie in another layout.
    torch.testing.assert_close(members(images), expected[None], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("network", "count"), [(MLP, 3), (MLP, 1), (RESNET18, 1)])
def test_the_state_of_a_member_is_that_of_its_network(network, count):
    networks = [build(network, seed) for seed in range(count)]
    expected = [copy.deepcopy(one.state_dict()) for one in networks]
    members = Members(networks)
    for place, wanted in enumerate(expected):
        state = members.state(place)
        assert set(state) == set(wanted)
        assert all(torch.equal(state[name], tensor) for name, tensor in wanted.items())
    # A copy: what is done to the members later does not change it.
    before = members.state(0)
    with torch.no_grad():
        for weights in members.parameters():
            weights += 1
    assert all(torch.equal(before[name], tensor) for name, tensor in expected[0].items())


def test_networks_are_left_as_they_are_where_they_are_stacked():
    networks = [build(MLP, seed) for seed in range(2)]
    members = Members(networks)
    with torch.no_grad():
        for weights in members.parameters():
            weights += 1
    for seed, one in enumerate(networks):
        assert torch.equal(one[1].weight, build(MLP, seed)[1].weight)


def steps(members, optimizer, data, count, places):
    members.train(True)
    images = data.train_images.expand(len(places), *data.train_images.shape[1:])
    for _ in range(count):
        train_step(members, optimizer, images, data.train_labels[places], 0.01)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_members_that_stay_go_on_as_if_none_had_left(optimizer):
    recipe = replace(RECIPE, optimizer=optimizer)
    data = made_up(range(4))
    ends = []
    for leaving in (False, True):
        members = Members([build(MLP, seed) for seed in range(4)])
        chosen = optimizer_of(members.parameters(), recipe)
        places = [0, 1, 2, 3]
        steps(members, chosen, data, 3, places)
        if leaving:
            members.keep([1, 3], chosen)
            places = [1, 3]
        steps(members, chosen, data, 3, places)
        ends.append([members.state(places.index(place)) for place in (1, 3)])
    for one, other in zip(*ends, strict=True):
        assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


@pytest.mark.parametrize("kept", [[0, 1, 2], [2]])
def test_tensors_are_taken_back_of_all_members_or_of_those_that_were_left(kept):
    members = Members([build(MLP, seed) for seed in range(3)])
    if len(kept) < 3:
        members.keep(kept, optimizer_of(members.parameters(), RECIPE))
    saved = {name: tensor.detach().clone() for name, tensor in members.tensors().items()}
    others = Members([build(MLP, seed) for seed in (7, 8, 9)])
    others.restore(saved)
    for place, seed in enumerate(kept):
        state = others.state(place)
        wanted = build(MLP, seed).state_dict()
        assert all(torch.equal(state[name], tensor) for name, tensor in wanted.items())
    # Not the tensors that were given, which are a file's.
    with torch.no_grad():
        next(iter(saved.values())).zero_()
    assert torch.equal(others.state(0)["1.weight"], build(MLP, kept[0])[1].weight)


def test_buffers_are_taken_back_with_the_weights():
    members = Members([build(RESNET18, 0)])
    members.train(True)
    members(made_up([0]).train_images)
    saved = {name: tensor.detach().clone() for name, tensor in members.tensors().items()}
    others = Members([build(RESNET18, 1)])
    others.restore(saved)
    state = others.state(0)
    assert set(state) == set(saved)
    assert any(name.endswith("running_mean") for name in saved)
    assert all(torch.equal(state[name], tensor) for name, tensor in saved.items())


def test_statistics_are_recomputed_where_there_are_any():
    images = made_up([0]).train_images[0]
    members = Members([build(RESNET18, 0)])
    members.refresh_batch_norm(images)
    network = build(RESNET18, 0)
    seen = network[0](images)
    mean = members.state(0)["1.running_mean"]
    torch.testing.assert_close(mean, seen.mean(dim=(0, 2, 3)).detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("dropout", "alike"), [(0.0, True), (0.5, False)])
def test_members_drop_units_of_their_own(dropout, alike):
    # The same weights and images: only what is dropped tells them apart.
    network = ("mlp", {"hidden": [32], "dropout": dropout})
    members = Members([build(network, 0) for _ in range(2)])
    members.train(True)
    images = made_up([0]).train_images.expand(2, -1, -1, -1, -1)
    one, other = members(images)
    assert torch.equal(one, other) == alike
    members.train(False)
    assert torch.equal(*members(images))


def test_other_images_than_those_of_a_member_do_not_touch_it():
    images = torch.randn(2, 5, *SHAPE, generator=torch.Generator().manual_seed(0))
    members = Members([build(MLP, seed) for seed in range(2)])
    before = members(images)[1]
    changed = images.clone()
    changed[0] += 1
    assert torch.equal(members(changed)[1], before)
    assert not torch.equal(members(changed)[0], members(images)[0])


def compiled_cases():
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()]
    return {
        "perceptrons": ([build(("mlp", {"hidden": [8]}), seed) for seed in range(3)]),
        "convolutions": [nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(64, CLASSES))],
    }


@pytest.mark.skipif(shutil.which("g++") is None, reason="to compile takes a C++ compiler")
@pytest.mark.parametrize("case", ["perceptrons", "convolutions"])
def test_a_compiled_training_is_the_same_training(case):
    # The last batch of an epoch has another shape. Each layer takes seconds to compile.
    recipe = replace(RECIPE, learning_rate=0.01, max_epochs=2, stop_at_train_accuracy=None)
    networks = compiled_cases()[case]
    seeds = list(range(len(networks)))
    losses = {}
    for compiled in (False, True):
        copies = copy.deepcopy(networks)
        _, curve = fit_networks(copies, made_up(seeds), recipe, seeds, compiled)
        assert [(row.epoch, row.seed) for row in curve] == list(product((1, 2), seeds))
        losses[compiled] = [row.train_loss for row in curve]
    assert losses[True] == pytest.approx(losses[False], rel=1e-3)
    assert np.ptp(losses[True]) > 0.01
