"""Kernels of images against features that are computed a patch at a time."""

import numpy as np
import pytest
import torch
from scipy.linalg import fractional_matrix_power
from sklearn.metrics.pairwise import rbf_kernel

from rethinking.constructions import kernels
from rethinking.constructions.kernels import gram
from rethinking.constructions.specs import Kernel
from rethinking.errors import InputError
from rethinking.seeds import derive_seed

CPU = torch.device("cpu")
LINEAR = Kernel("pixels", "linear")
GAUSSIAN = Kernel("pixels", "gaussian", gamma=0.02)
CONVOLUTIONAL = Kernel("convolutional", "linear", filters=7, filter_side=3)
CONVOLUTIONAL_GAUSSIAN = Kernel("convolutional", "gaussian", gamma=0.05, filters=7, filter_side=3)
KERNELS = [LINEAR, GAUSSIAN, CONVOLUTIONAL, CONVOLUTIONAL_GAUSSIAN]


def make_images(count, shape, seed=0):
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.integers(256, size=(count, *shape), dtype=np.uint8))


@pytest.fixture
def images():
    return make_images(30, (2, 6, 7))


@pytest.fixture(autouse=True)
def small_sample(monkeypatch):
    monkeypatch.setattr(kernels, "SAMPLE", 500)


def matrix(kernel, left, right=None, train=None, seed=0, dtype=torch.float64):
    right = left if right is None else right
    return gram(kernel, left, right, left if train is None else train, seed, CPU, dtype)


def normalised(patch):
    return (patch - patch.mean()) / np.sqrt(patch.var() + 10)


def naive_features(images, train, count, side, seed):
    """As the docstrings say, a patch at a time."""
    images, train = images.double().numpy(), train.double().numpy()
    rows, columns = (size - side + 1 for size in train.shape[2:])
    generator = torch.Generator().manual_seed(derive_seed(seed, "filters"))

    def draw(patches):
        places = [
            torch.randint(most, (patches,), generator=generator).tolist()
            for most in (len(train), rows, columns)
        ]
        return np.array(
            [
                normalised(train[i, :, y : y + side, x : x + side].flatten())
                for i, y, x in zip(*places, strict=True)
            ]
        )

    sample = draw(kernels.SAMPLE)
    mean = sample.mean(axis=0)
    covariance = (sample - mean).T @ (sample - mean) / len(sample)
    whitening = fractional_matrix_power(covariance + 0.1 * np.eye(len(mean)), -0.5)
    filters = [whitening @ (patch - mean) for patch in draw(count)]
    filters = [one / np.linalg.norm(one) for one in filters]

    features = []
    for image in images:
        responses = np.empty((count, rows, columns))
        for y in range(rows):
            for x in range(columns):
                patch = normalised(image[:, y : y + side, x : x + side].flatten())
                for f in range(count):
                    responses[f, y, x] = filters[f] @ whitening @ (patch - mean)
        above, left = -(-rows // 2), -(-columns // 2)
        features.append(
            [
                np.maximum(sign * responses[f] - 0.25, 0)[part].mean()
                for sign in (1, -1)
                for f in range(count)
                for part in (
                    np.s_[:above, :left],
                    np.s_[:above, columns - left :],
                    np.s_[rows - above :, :left],
                    np.s_[rows - above :, columns - left :],
                )
            ]
        )
    return np.array(features)


def test_pixels_are_inner_products_and_gaussians_in_units_of_white(images):
    others = make_images(9, (2, 6, 7), seed=1)
    left, right = (some.flatten(1).double().numpy() / 255 for some in (images, others))
    np.testing.assert_allclose(matrix(LINEAR, images, others), left @ right.T, rtol=1e-12)
    expected = rbf_kernel(left, right, gamma=0.02)
    np.testing.assert_allclose(matrix(GAUSSIAN, images, others), expected, rtol=1e-12)


@pytest.mark.parametrize(("shape", "side"), [((2, 6, 7), 3), ((1, 4, 4), 2), ((1, 5, 4), 4)])
def test_convolutional_features_are_as_stated(shape, side):
    train, left, right = (make_images(count, shape, seed=count) for count in (20, 6, 4))
    features = [naive_features(some, train, 5, side, seed=3) for some in (left, right)]
    assert features[0].shape == (6, 8 * 5)
    linear = Kernel("convolutional", "linear", filters=5, filter_side=side)
    np.testing.assert_allclose(
        matrix(linear, left, right, train, seed=3), features[0] @ features[1].T, rtol=1e-9
    )
    gaussian = Kernel("convolutional", "gaussian", gamma=0.1, filters=5, filter_side=side)
    np.testing.assert_allclose(
        matrix(gaussian, left, right, train, seed=3), rbf_kernel(*features, gamma=0.1), rtol=1e-9
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_gram_matrix_is_symmetric_and_positive_semi_definite(kernel, images):
    values = matrix(kernel, images)
    torch.testing.assert_close(values, values.T, rtol=1e-12, atol=1e-12)
    eigenvalues = torch.linalg.eigvalsh(values)
    assert eigenvalues[0] > -1e-12 * eigenvalues[-1]
    if kernel.kernel == "gaussian":
        torch.testing.assert_close(values.diagonal(), torch.ones(30, dtype=torch.float64))
        assert values.max() <= 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_neither_blocks_nor_who_stands_where_change_it(kernel, images, monkeypatch):
    whole = matrix(kernel, images)
    torch.testing.assert_close(matrix(kernel, images, images.clone()), whole)
    torch.testing.assert_close(matrix(kernel, images[:5], images, images), whole[:5])
    monkeypatch.setattr(kernels, "FILTER_BLOCK", 3)
    monkeypatch.setattr(kernels, "IMAGE_BLOCK", 4)
    torch.testing.assert_close(matrix(kernel, images), whole)


@pytest.mark.parametrize("kernel", KERNELS)
def test_bytes_and_floats_are_the_same_and_float32_is_close(kernel, images):
    exact = matrix(kernel, images)
    torch.testing.assert_close(matrix(kernel, images.float()), exact)
    rounded = matrix(kernel, images, dtype=torch.float32)
    assert rounded.dtype == torch.float32
    torch.testing.assert_close(rounded.double(), exact, rtol=1e-4, atol=1e-6)


def test_filters_depend_on_the_seed_and_the_training_images(images):
    first = matrix(CONVOLUTIONAL, images, seed=1)
    assert torch.equal(first, matrix(CONVOLUTIONAL, images, seed=1))
    assert not torch.allclose(first, matrix(CONVOLUTIONAL, images, seed=2))
    others = make_images(30, (2, 6, 7), seed=1)
    assert not torch.allclose(first, matrix(CONVOLUTIONAL, images, train=others, seed=1))


def test_the_gaussian_of_an_image_with_itself_is_one(images):
    kernel = Kernel("pixels", "gaussian", gamma=1e6)
    values = gram(kernel, images, images, images, 0, torch.device("cpu"), torch.float32)
    assert torch.equal(values.diagonal(), torch.ones(len(images)))


def test_convolutional_features_do_not_see_brightness(images):
    dark = images.float() / 2
    torch.testing.assert_close(
        matrix(CONVOLUTIONAL, dark + 100, train=images), matrix(CONVOLUTIONAL, dark, train=images)
    )


def test_patches_of_one_grey_pixel_have_no_features():
    grey = make_images(5, (1, 4, 4))
    single = Kernel("convolutional", "linear", filters=2, filter_side=1)
    assert not matrix(single, grey).any()


def test_two_filters_span_sixteen_dimensions(images):
    few = Kernel("convolutional", "linear", filters=2, filter_side=3)
    assert torch.linalg.matrix_rank(matrix(few, images), hermitian=True) == 16


def test_colour_images_of_cifar_have_a_kernel():
    images = make_images(12, (3, 32, 32))
    kernel = Kernel("convolutional", "linear", filters=300, filter_side=6)
    values = matrix(kernel, images, dtype=torch.float32)
    assert values.shape == (12, 12)
    assert values.isfinite().all()
    assert (values.diagonal() > 0).all()


def test_filters_must_fit_into_the_images(images):
    with pytest.raises(InputError, match=r"filter_side: 7 pixels a side do not fit .* 6×7"):
        matrix(Kernel("convolutional", "linear", filters=2, filter_side=7), images)
