"""Functions that fit labels without a network, and the distance of neighbours."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from rethinking.errors import InputError
from rethinking.measures.helpers.interpolants import (
    interpolant,
    is_differentiable,
    nearest_neighbour,
    nearest_neighbour_distance,
    shepard,
    white_noise,
)
from rethinking.names.labels import INTERPOLANTS


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(150, 2, 4, 4, generator=generator)
    return images, torch.randint(5, (150,), generator=generator)


def test_the_distance_is_the_median_to_the_nearest_other_image():
    line = torch.tensor([0.0, 1.0, 3.0, 6.0, 10.0]).reshape(5, 1, 1, 1)
    assert nearest_neighbour_distance(line) == 2  # of 1, 1, 2, 3, 4


def test_the_distance_does_not_depend_on_how_images_are_cut_into_chunks(data):
    flat = data[0].flatten(start_dim=1)
    distances = (flat[:, None] - flat[None]).norm(dim=2).fill_diagonal_(torch.inf)
    expected = float(distances.min(dim=1).values.median())
    assert nearest_neighbour_distance(data[0]) == pytest.approx(expected, rel=1e-4)


def test_twins_have_no_distance_to_measure_in():
    for seed in range(20):
        images = torch.randn(30, 3, 5, 5, generator=torch.Generator().manual_seed(seed))
        with pytest.raises(InputError, match="most training images have a twin"):
            nearest_neighbour_distance(images.repeat(2, 1, 1, 1))
    with pytest.raises(InputError, match="one training image has no neighbour"):
        nearest_neighbour_distance(torch.ones(1, 1, 2, 2))


def test_interpolants_fit_their_labels_and_follow_the_nearest_image_close_by(data):
    images, labels = data
    distance = nearest_neighbour_distance(images)
    for function in (nearest_neighbour(*data, 5), shepard(*data, 5, distance / 2)):
        assert torch.equal(function(images).argmax(dim=1), labels)
        torch.testing.assert_close(function(images), one_hot(labels, 5).float(), atol=1e-3, rtol=0)
        near = images + 0.05 * distance * torch.randn(images.shape) / 32**0.5
        assert torch.equal(function(near).argmax(dim=1), labels)


def test_shepards_weights_are_as_stated(data):
    images, labels = data
    query = torch.randn(7, 2, 4, 4)
    squared = (query.flatten(1)[:, None] - images.flatten(1)[None]).square().sum(dim=2)
    weights = torch.exp(-squared / (2 * 3.0**2)) / squared
    expected = weights @ one_hot(labels, 5).float() / weights.sum(dim=1, keepdim=True)
    torch.testing.assert_close(shepard(*data, 5, 3.0)(query), expected, rtol=1e-3, atol=1e-5)


def test_the_reference_of_shepard_has_half_the_distance_of_neighbours_for_its_bandwidth():
    # Neighbours are 2 apart, so that h = 1. The place is 1/2 from one image and 3/2 from another.
    images = torch.tensor([0.0, 2.0, 100.0, 102.0]).reshape(4, 1, 1, 1)
    function = interpolant("shepard", images, torch.tensor([0, 1, 0, 1]), 2, 0)
    one, other = (math.exp(-(r**2) / 2) / r**2 for r in (0.5, 1.5))
    expected = torch.tensor([[one, other]]) / (one + other)
    torch.testing.assert_close(function(torch.full((1, 1, 1, 1), 0.5)), expected)


def test_white_noise_is_new_at_every_call_and_the_same_for_a_seed():
    images = torch.zeros(1000, 1, 2, 2)
    noise, again = white_noise(5, 1), white_noise(5, 1)
    first = noise(images)
    assert torch.equal(first, again(images))
    assert not torch.equal(first, noise(images))
    assert float(first.std()) == pytest.approx(1, abs=0.05)


def test_the_reference_of_white_noise_is_another_for_each_seed(data):
    zero, one, again = (interpolant("white_noise", *data, 5, seed) for seed in (0, 1, 1))
    images = data[0][:20]
    values = one(images)
    assert torch.equal(values, again(images))
    assert not torch.equal(values, zero(images))


@pytest.mark.parametrize("size", [1, 7, 64, 100])
def test_white_noise_is_one_stream_however_images_are_cut_into_parts(size):
    noise = white_noise(5, 1)
    logits = torch.cat([noise(part) for part in torch.zeros(100, 1, 2, 2).split(size)])
    expected = np.random.default_rng(1).standard_normal((100, 5), dtype=np.float32)
    assert np.array_equal(logits.numpy(), expected)


def test_every_reference_that_a_config_may_name_is_there(data):
    for name in INTERPOLANTS:
        assert interpolant(name, *data, 5, 0)(data[0][:3]).shape == (3, 5)
    with pytest.raises(LookupError, match="no reference spline"):
        interpolant("spline", *data, 5, 0)


def test_references_have_derivatives_unless_they_jump(data):
    images, _ = data
    place = (images[0] + images[1])[None] / 2
    for name in INTERPOLANTS:
        function = interpolant(name, *data, 5, 0)
        inputs = place.clone().requires_grad_()
        logits = function(inputs)
        depends = logits.requires_grad
        if depends:
            (gradient,) = torch.autograd.grad(logits[:, 0].sum(), inputs, allow_unused=True)
            depends = gradient is not None and bool(gradient.any())
        assert is_differentiable(name) == depends, name
