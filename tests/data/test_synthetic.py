"""Synthetic images under random labels: noise, walks, and walks whose order is lost."""

import numpy as np
import pytest
from scipy.stats import binom

from rethinking.data.corrupt import corrupt
from rethinking.data.corruptions import synthetic
from rethinking.data.noise import draw
from rethinking.names.condition import SYNTHETIC, WALKS, Condition
from rethinking.seeds import derive_seed
from tests.conftest import make_dataset

BASE = make_dataset(n=4000, m=100, shape=(1, 6, 6), classes=10)


@pytest.mark.parametrize("condition", SYNTHETIC)
def test_synthetic_images_have_uniform_random_labels_in_both_sets(condition):
    corrupted = corrupt(BASE, Condition(condition), 0)
    for labels, true in (
        (corrupted.train_labels, BASE.train_labels),
        (corrupted.test_labels, BASE.test_labels),
    ):
        counts = np.bincount(labels, minlength=10)
        low, high = binom.interval(1 - 1e-6, len(labels), 0.1)
        assert ((low <= counts) & (counts <= high)).all()
        assert (labels == true).mean() < 0.3
    assert corrupted.train_images.shape == BASE.train_images.shape
    assert corrupted.test_images.shape == BASE.test_images.shape


@pytest.mark.parametrize("kind", SYNTHETIC)
def test_a_condition_of_each_kind_draws_it_from_a_stream_of_its_own(kind):
    dataset = make_dataset(n=40, m=30)
    random = np.random.default_rng(derive_seed(7, kind))
    expected = synthetic.corrupt(dataset, random, kind=kind)
    found = corrupt(dataset, Condition(kind), 7)
    assert (found.train_images == expected.train_images).all()
    # Training images are the first that are drawn.
    first = draw(kind, dataset, 40, np.random.default_rng(derive_seed(7, kind)))
    assert (found.train_images == first).all()
    assert found.class_names == dataset.class_names


@pytest.mark.parametrize(("unit", "changed"), [("pixel", 3), ("channel", 1)])
def test_a_random_walk_changes_one_place_at_each_step(unit, changed):
    dataset = make_dataset(n=500, m=50, shape=(3, 4, 5))
    corrupted = corrupt(dataset, Condition(f"random_walk_{unit}"), 0)
    for images in (corrupted.train_images, corrupted.test_images):
        different = images[1:] != images[:-1]
        assert (different.sum(axis=(1, 2, 3)) == changed).all()
        assert (different.any(axis=1).sum(axis=(1, 2)) == 1).all(), "in one position"
    # Every place is reached, and the test set is no continuation of the training set.
    assert (corrupted.train_images[1:] != corrupted.train_images[:-1]).any(axis=0).all()
    apart = (corrupted.test_images[0] != corrupted.train_images).sum(axis=(1, 2, 3))
    assert apart.min() > 30


@pytest.mark.parametrize("unit", ["pixel", "channel"])
def test_a_half_step_moves_a_value_by_half_of_its_range(unit):
    dataset = make_dataset(n=500, m=50, shape=(3, 4, 5))
    images = corrupt(dataset, Condition(f"half_walk_{unit}"), 0).train_images
    moved = images[1:] - images[:-1]  # bytes, modulo 256
    assert set(moved.flatten()) == {0, 128}
    assert ((moved > 0).sum(axis=(1, 2, 3)) == (3 if unit == "pixel" else 1)).all()
    # Two steps at one place would lead straight back to an image that has a label already.
    positions = (moved > 0).any(axis=1).reshape(len(moved), -1).argmax(axis=1)
    assert (positions[1:] != positions[:-1]).all()
    assert set(positions) == set(range(20))


@pytest.mark.parametrize("walk", WALKS)
def test_the_control_has_the_walks_values_at_each_place_and_neighbours_far_apart(walk):
    dataset = make_dataset(n=500, m=50, shape=(2, 4, 4))
    control = f"{walk}_marginals"
    images = corrupt(dataset, Condition(control), 0).train_images
    ordered = draw(walk, dataset, 500, np.random.default_rng(derive_seed(0, control)))
    assert (np.sort(images, axis=0) == np.sort(ordered, axis=0)).all()
    changed = (images[1:] != images[:-1]).mean()
    assert changed > 0.4, "of a walk it is a few hundredths"
