"""Sensitivity to the frequencies of an image, against filters."""

import pytest
import torch

from rethinking.measures.helpers.image_frequency import fourier_sensitivity, fourier_waves


@pytest.mark.parametrize(("height", "width"), [(8, 8), (5, 6)])
def test_waves_are_orthonormal_and_have_one_frequency(height, width):
    device = torch.device("cpu")
    basis = torch.cat([fourier_waves(up, height, width, device) for up in range(height)])
    flat = basis.flatten(start_dim=1)
    torch.testing.assert_close(flat @ flat.T, torch.eye(height * width), atol=1e-5, rtol=0)
    for place, transformed in enumerate(torch.fft.fft2(basis).abs()):
        up, across = divmod(place, width)
        there = transformed[up, across] ** 2 + transformed[-up % height, -across % width] ** 2
        own = there / (2 if (up, across) == (-up % height, -across % width) else 1)
        assert float(own / transformed.square().sum()) == pytest.approx(1, abs=1e-5)


def test_a_filter_is_sensitive_to_the_frequencies_that_it_lets_through():
    # The "logits" are what remains of an image after a filter, so the map is its transfer function.
    gain = torch.rand(8, 8, generator=torch.Generator().manual_seed(0))
    gain = (gain + gain.roll((-1, -1), (0, 1)).flip(0, 1).roll((2, 2), (0, 1))) / 2
    gain = (gain + torch.roll(torch.flip(gain, (0, 1)), (1, 1), (0, 1))) / 2

    def filtered(images):
        return torch.fft.ifft2(torch.fft.fft2(images) * gain).real.flatten(start_dim=1)

    images = torch.randn(3, 2, 8, 8)
    found = fourier_sensitivity(filtered, images, 0.7, torch.Generator().manual_seed(0))
    torch.testing.assert_close(found, 0.7 * gain, rtol=1e-4, atol=1e-5)
