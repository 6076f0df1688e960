"""Synthetic images by themselves, down to shapes of which there are hardly enough."""

import numpy as np
import pytest
from scipy.stats import binom

from rethinking.data.noise import draw, marginals, matched_gaussian, walk
from rethinking.errors import InputError
from rethinking.names.condition import SYNTHETIC
from tests.conftest import make_dataset


@pytest.mark.parametrize("kind", SYNTHETIC)
@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 4, 6)])
def test_every_kind_has_the_shape_of_the_data_and_as_many_images_as_are_wanted(kind, shape):
    images = draw(kind, make_dataset(shape=shape), 33, np.random.default_rng(0))
    assert images.shape == (33, *shape)
    assert images.dtype == (np.float32 if kind == "gaussian_noise" else np.uint8)
    assert different(images) == 33


def test_uniform_noise_uses_every_byte_alike():
    dataset = make_dataset(shape=(1, 6, 6))
    images = draw("uniform_noise", dataset, 4000, np.random.default_rng(0))
    counts = np.bincount(images.flatten(), minlength=256)
    low, high = binom.interval(1 - 1e-6 / 256, images.size, 1 / 256)
    assert ((low <= counts) & (counts <= high)).all()


def test_gaussian_noise_has_the_moments_of_the_training_images_alone():
    dataset = make_dataset(n=500, shape=(2, 4, 4))
    dataset.train_images[:, 1] = 7  # a channel without variance
    dataset.test_images[:] = 0
    images = matched_gaussian(dataset, 2000, np.random.default_rng(0))
    real = dataset.train_images[:, 0].astype(float)
    assert images[:, 0].mean() == pytest.approx(real.mean(), abs=5 * real.std() / 32000**0.5)
    assert images[:, 0].std() == pytest.approx(real.std(), rel=0.02)
    assert (images[:, 1] == 7).all()


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
