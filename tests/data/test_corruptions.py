import importlib
import sys
import types
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, normaltest

from rethinking.data.corrupt import corrupt
from rethinking.data.dataset import ARRAYS
from rethinking.data.noise import marginals, walk
from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC, WALKS, Condition, parse_condition
from rethinking.seeds import derive_seed
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


def test_uniform_noise_uses_every_byte_alike():
    images = corrupt(BASE, Condition("uniform_noise"), 0).train_images
    assert images.dtype == np.uint8
    counts = np.bincount(images.flatten(), minlength=256)
    low, high = binom.interval(1 - 1e-6 / 256, images.size, 1 / 256)
    assert ((low <= counts) & (counts <= high)).all()


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
    images = corrupt(dataset, Condition(f"{walk}_marginals"), 0).train_images
    ordered = importlib.import_module(f"rethinking.data.corruptions.{walk}").draw(
        dataset, 500, np.random.default_rng(derive_seed(0, f"{walk}_marginals"))
    )
    assert (np.sort(images, axis=0) == np.sort(ordered, axis=0)).all()
    changed = (images[1:] != images[:-1]).mean()
    assert changed > 0.4, "of a walk it is a few hundredths"


def different(images):
    return len({image.tobytes() for image in images})


# So small that steps lead back to an image that a walk held before, time and again.
SMALL = [
    ((1, 4, 4), {"whole_pixels": True, "half_step": True}),
    ((2, 3, 3), {"whole_pixels": False, "half_step": True}),
    ((1, 1, 2), {"whole_pixels": True}),
    ((2, 1, 1), {"whole_pixels": False}),
]


@pytest.mark.parametrize(("shape", "steps"), SMALL)
def test_a_walk_never_returns_to_an_image_and_changes_one_place_all_the_same(shape, steps):
    for seed in range(5):
        images = walk(400, shape, np.random.default_rng(seed), **steps)
        assert different(images) == 400
        moved = images[1:] - images[:-1]
        assert ((moved != 0).sum(axis=(1, 2, 3)) == 1).all()
        if "half_step" in steps:
            assert set(moved.flatten()) == {0, 128}
        shorter = walk(200, shape, np.random.default_rng(seed), **steps)
        assert np.array_equal(shorter, images[:200])


def test_shuffled_walks_hold_no_image_twice_either():
    for seed in range(5):
        random = np.random.default_rng(seed)
        images = walk(12, (1, 3, 3), random, whole_pixels=True, half_step=True)
        shuffled = marginals(images, random)
        assert different(shuffled) == 12
        assert (np.sort(shuffled, axis=0) == np.sort(images, axis=0)).all()


def test_images_too_small_for_so_many_different_ones_are_refused():
    random = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"a walk of 17 images of 2×2 pixels .*give larger ones"):
        walk(17, (1, 2, 2), random, whole_pixels=True, half_step=True)
    with pytest.raises(InputError, match=r"a walk of 3 images of 1×1 pixels .*give larger ones"):
        walk(3, (1, 1, 1), random, whole_pixels=True, half_step=True)
    with pytest.raises(InputError, match=r"5 images .* of 1×2 pixels .* give larger ones"):
        marginals(np.zeros((5, 1, 1, 2), dtype=np.uint8), random)


def test_random_pixels_permutes_each_image_by_its_own_permutation():
    dataset = make_dataset(n=2, m=2, shape=(1, 8, 8))
    same = np.arange(64, dtype=np.uint8).reshape(1, 1, 8, 8).repeat(2, axis=0)
    object.__setattr__(dataset, "train_images", same)
    first, second = corrupt(dataset, Condition("random_pixels"), 0).train_images
    assert (first != second).any()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_same_seed_same_bytes_and_another_seed_another_corruption(condition):
    dataset = make_dataset(n=300, m=20, shape=(1, 6, 6))
    runs = [corrupt(dataset, parse_condition(condition), seed) for seed in (3, 3, 4)]
    as_bytes = [run.train_images.tobytes() + run.train_labels.tobytes() for run in runs]
    assert as_bytes[0] == as_bytes[1]
    assert (as_bytes[0] == as_bytes[2]) == (condition == "true_labels")


@pytest.mark.parametrize("text", CONDITIONS)
def test_condition_names_read_back(text):
    assert str(parse_condition(text)) == text


def test_label_noise_of_a_condition():
    noise = [parse_condition(text).label_noise for text in TRUE_LABELLED]
    assert noise == [0.0, 0.5, 1.0, None, None, None]


def of_ones_own(monkeypatch, function):
    module = types.ModuleType("mine")
    module.corrupt = function
    monkeypatch.setitem(sys.modules, "rethinking.data.corruptions.mine", module)
    return lambda: corrupt(BASE, Condition("mine"), 0)


def in_place(dataset, random):
    dataset.train_labels[:] = 0
    return dataset


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (in_place, "changes the arrays that it is given; change copies"),
        (lambda dataset, random: None, "gave None; give a rethinking.data.dataset.Dataset"),
        (
            lambda dataset, random: replace(dataset, train_labels=dataset.train_labels + 10),
            "give them from 0 to 9, for 10 class_names",
        ),
        (
            lambda dataset, random: replace(dataset, test_labels=dataset.test_labels / 2),
            "test_labels are float64 of shape",
        ),
        (
            lambda dataset, random: replace(
                dataset,
                train_images=dataset.train_images[1:],
                train_labels=dataset.train_labels[1:],
            ),
            "keep that",
        ),
        (
            lambda dataset, random: replace(dataset, train_images=dataset.train_images[:, 0]),
            "give uint8 (or float32) N×C×H×W",
        ),
    ],
)
def test_what_is_no_corruption_of_the_data_is_refused_by_its_name(monkeypatch, function, said):
    with pytest.raises(InputError) as caught:
        of_ones_own(monkeypatch, function)()
    assert "src/rethinking/data/corruptions/mine.py: corrupt" in str(caught.value)
    assert said in str(caught.value)
    assert all(getattr(BASE, name).flags.writeable for name in ARRAYS)
