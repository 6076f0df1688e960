"""From stored pixels to what a network sees."""

import numpy as np
import pytest
import torch

from rethinking.errors import InputError
from rethinking.training.inputs import centre_crop, network_inputs

CPU = torch.device("cpu")


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(20, 3, 6, 5), dtype=np.uint8)


def test_per_image_whitens_each_image(images):
    scaled = network_inputs(images, images, "per_image", None, CPU)
    assert scaled.dtype == torch.float32
    spread, mean = torch.std_mean(scaled, dim=(1, 2, 3), correction=0)
    torch.testing.assert_close(mean, torch.zeros(20), atol=1e-6, rtol=0)
    torch.testing.assert_close(spread, torch.ones(20), atol=1e-5, rtol=0)


def test_per_image_divides_a_flat_image_by_the_floor_of_the_paper():
    # One pixel of a 4-pixel image is one step of 255 brighter: the spread is below 1/√4.
    image = np.array([0, 0, 0, 1], dtype=np.uint8).reshape(1, 1, 2, 2)
    scaled = network_inputs(image, image, "per_image", None, CPU)
    expected = (np.array([0, 0, 0, 1]) - 0.25) / 255 / (1 / np.sqrt(4))
    np.testing.assert_allclose(scaled.flatten(), expected, rtol=1e-5)


def test_per_dataset_is_one_affine_map(images):
    scaled = network_inputs(images, images, "per_dataset", None, CPU)
    assert scaled.mean().abs() < 1e-5
    assert (scaled.std(correction=0) - 1).abs() < 1e-5
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 255
    difference = network_inputs(changed, images, "per_dataset", None, CPU) != scaled
    assert difference.sum() == 1


def test_the_centre_crop_is_the_middle_of_the_image():
    image = np.arange(36).reshape(1, 1, 6, 6)
    assert centre_crop(image, 2).tolist() == [[[[14, 15], [20, 21]]]]
    assert centre_crop(image, 6).tolist() == image.tolist()
    assert centre_crop(image, None) is image
    # Zhang et al. crop 32×32 to 28×28: two pixels on every side.
    assert centre_crop(np.arange(1024).reshape(1, 1, 32, 32), 28)[0, 0, 0, 0] == 2 * 32 + 2


def test_a_crop_larger_than_the_image_is_refused(images):
    with pytest.raises(InputError, match="6 pixels a side cannot be cut out of 6×5; lower it"):
        network_inputs(images, images, "per_image", 6, CPU)


def test_scaling_sees_the_crop_only(images):
    cropped = network_inputs(images, images, "per_dataset", 3, CPU)
    assert cropped.shape == (20, 3, 3, 3)
    assert cropped.mean().abs() < 1e-5
    whitened = network_inputs(images, images, "per_image", 3, CPU)
    torch.testing.assert_close(whitened.mean(dim=(1, 2, 3)), torch.zeros(20), atol=1e-6, rtol=0)
