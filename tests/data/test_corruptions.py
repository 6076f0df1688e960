"""Corruptions of real images and of their labels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, normaltest

from rethinking.data.corrupt import corrupt
from rethinking.names.condition import SYNTHETIC, Condition, parse_condition
from tests.conftest import make_dataset

BASE = make_dataset(n=4000, m=100, shape=(1, 6, 6), classes=10)
TRUE_LABELLED = [
    "true_labels",
    "label_noise-0.50",
    "label_noise-1.00",
    "shuffled_pixels",
    "random_pixels",
    "gaussian",
]
CONDITIONS = [*TRUE_LABELLED, *SYNTHETIC]
seeds = st.integers(0, 2**31)


@given(level=st.integers(1, 100).map(lambda p: p / 100), seed=seeds)
@settings(max_examples=40, deadline=None)
def test_label_noise_changes_the_stated_share_of_labels(level, seed):
    corrupted = corrupt(BASE, Condition("label_noise", level), seed)
    changed = int((corrupted.train_labels != BASE.train_labels).sum())
    # A redrawn label is the true one again with probability 1/10. The interval is wide enough that
    # a right implementation fails once in a million examples.
    low, high = binom.interval(1 - 1e-6, len(BASE.train_labels), level * 0.9)
    assert low <= changed <= high


def test_random_labels_are_uniform_in_every_true_class():
    labels = corrupt(BASE, Condition("label_noise", 1.0), 0).train_labels
    for true in range(10):
        counts = np.bincount(labels[BASE.train_labels == true], minlength=10)
        low, high = binom.interval(1 - 1e-6, counts.sum(), 0.1)
        assert ((low <= counts) & (counts <= high)).all()


@given(levels=st.tuples(st.integers(1, 99), st.integers(1, 99)), seed=seeds)
@settings(max_examples=20, deadline=None)
def test_labels_redrawn_at_a_lower_level_are_redrawn_alike_at_a_higher_one(levels, seed):
    low, high = (
        corrupt(BASE, Condition("label_noise", level / 100), seed).train_labels
        for level in sorted(levels)
    )
    changed = low != BASE.train_labels
    assert (low[changed] == high[changed]).all()


@given(condition=st.sampled_from(CONDITIONS), seed=seeds)
@settings(max_examples=40, deadline=None)
def test_test_labels_stay_true_and_the_original_is_not_written_to(condition, seed):
    before = make_dataset(n=50, m=20)
    dataset = make_dataset(n=50, m=20)
    corrupted = corrupt(dataset, parse_condition(condition), seed)
    if condition in TRUE_LABELLED:
        assert (corrupted.test_labels == before.test_labels).all()
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        assert (getattr(dataset, name) == getattr(before, name)).all()


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_random_pixels_keeps_the_pixels_of_each_image(seed):
    dataset = make_dataset(n=30, m=10, shape=(3, 4, 5))
    corrupted = corrupt(dataset, Condition("random_pixels"), seed)
    for before, after in (
        (dataset.train_images, corrupted.train_images),
        (dataset.test_images, corrupted.test_images),
    ):
        assert after.dtype == np.uint8
        # Pixels move with all their channels: the multisets of (r, g, b) are equal.
        as_pixels = [
            images.reshape(len(images), 3, -1).transpose(0, 2, 1) for images in (before, after)
        ]
        for old, new in zip(*as_pixels, strict=True):
            assert sorted(map(tuple, old)) == sorted(map(tuple, new))
    assert corrupted.train_labels is dataset.train_labels


def test_random_pixels_permutes_each_image_by_its_own_permutation():
    same = np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8).repeat(2, axis=0)
    dataset = replace(make_dataset(n=2, m=2, shape=(1, 8, 8)), train_images=same)
    first, second = corrupt(dataset, Condition("random_pixels"), 0).train_images
    assert (first != second).any()


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_shuffled_pixels_is_one_invertible_permutation_of_both_sets(seed):
    dataset = make_dataset(n=30, m=10, shape=(3, 4, 5))
    # The position of each pixel, written into an image, shows where it went.
    positions = np.arange(20, dtype=np.uint8).reshape(1, 1, 4, 5).repeat(3, axis=1)
    marked = replace(
        dataset,
        train_images=np.concatenate([positions, dataset.train_images]),
        train_labels=np.concatenate([[0], dataset.train_labels]),
    )
    corrupted = corrupt(marked, Condition("shuffled_pixels"), seed)
    order = corrupted.train_images[0].reshape(3, 20)
    assert (order == order[0]).all(), "a pixel moves with all its channels"
    assert sorted(order[0]) == list(range(20))
    back = np.argsort(order[0])
    for before, after in (
        (marked.train_images, corrupted.train_images),
        (marked.test_images, corrupted.test_images),
    ):
        restored = after.reshape(len(after), 3, 20)[:, :, back].reshape(after.shape)
        assert (restored == before).all()
    assert corrupted.train_labels is marked.train_labels


@pytest.mark.parametrize("corruption", ["gaussian", "gaussian_noise"])
def test_gaussian_matches_mean_and_variance_to_the_standard_error_and_is_not_clipped(corruption):
    random = np.random.default_rng(0)
    # Two channels that differ in both, as skewed as dark images on white paper are.
    pixels = (random.random((2000, 2, 5, 5)) ** [[[4]], [[0.5]]] * 255).astype(np.uint8)
    dataset = replace(
        BASE,
        train_images=pixels,
        train_labels=BASE.train_labels[:2000],
        test_images=pixels[: len(BASE.test_images)],
    )
    corrupted = corrupt(dataset, Condition(corruption), 0)
    n = 2000 * 25
    for channel in range(2):
        real = pixels[:, channel].astype(float)
        drawn = corrupted.train_images[:, channel].astype(float)
        # Five standard errors of the mean and of the standard deviation of n normal draws.
        assert abs(drawn.mean() - real.mean()) < 5 * real.std() / np.sqrt(n)
        assert abs(drawn.std() - real.std()) < 5 * real.std() / np.sqrt(2 * n)
        assert drawn.min() < 0
        assert drawn.max() > 255
        assert normaltest(drawn.flatten()).pvalue > 1e-6
    assert corrupted.train_images.dtype == np.float32
    assert len(corrupted.test_images) == len(dataset.test_images)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_same_seed_same_bytes_and_another_seed_another_corruption(condition):
    dataset = make_dataset(n=300, m=20, shape=(1, 6, 6))
    runs = [corrupt(dataset, parse_condition(condition), seed) for seed in (3, 3, 4)]
    as_bytes = [run.train_images.tobytes() + run.train_labels.tobytes() for run in runs]
    assert as_bytes[0] == as_bytes[1]
    assert (as_bytes[0] == as_bytes[2]) == (condition == "true_labels")
