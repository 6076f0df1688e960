import numpy as np
import pytest
import torch

from rethinking.training.inputs import scale

CPU = torch.device("cpu")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(20, 3, 6, 5), dtype=np.uint8)


def test_per_image_whitens_each_image(images):
    scaled = scale(images, images, "per_image", CPU)
    assert scaled.dtype == torch.float32
    spread, mean = torch.std_mean(scaled, dim=(1, 2, 3), correction=0)
    torch.testing.assert_close(mean, torch.zeros(20), atol=1e-6, rtol=0)
    torch.testing.assert_close(spread, torch.ones(20), atol=1e-5, rtol=0)


def test_per_image_divides_a_flat_image_by_the_floor_of_the_paper():
    # One pixel of a 4-pixel image is one step of 255 brighter: the spread is below 1/√4.
    image = np.array([0, 0, 0, 1], dtype=np.uint8).reshape(1, 1, 2, 2)
    scaled = scale(image, image, "per_image", CPU)
    expected = (np.array([0, 0, 0, 1]) - 0.25) / 255 / (1 / np.sqrt(4))
    np.testing.assert_allclose(scaled.flatten(), expected, rtol=1e-5)


def test_per_dataset_is_one_affine_map(images):
    scaled = scale(images, images, "per_dataset", CPU)
    assert scaled.mean().abs() < 1e-5
    assert (scaled.std(correction=0) - 1).abs() < 1e-5
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 255
    difference = scale(changed, images, "per_dataset", CPU) != scaled
    assert difference.sum() == 1
