"""Local variation against closed forms."""

import pytest
import torch

from rethinking.measures.helpers.local_variation import local_variation
from tests.helpers.subjects import CLASSES, SHAPE, make_subject


def test_local_variation_of_a_linear_map_is_the_length_of_the_image_of_each_step():
    matrix = torch.randn(CLASSES, 128, generator=torch.Generator().manual_seed(1))
    images = make_subject(None).test_images
    radii = [0.1, 1.0, 10.0]
    found, _ = local_variation(
        lambda x: x.flatten(start_dim=1) @ matrix.T, images, radii, torch.Generator().manual_seed(2)
    )
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(2)).flatten(1)
    steps = noise / noise.norm(dim=1, keepdim=True)
    expected = float((steps @ matrix.T).norm(dim=1).mean())
    assert found == pytest.approx([radius * expected for radius in radii], rel=1e-4)
    # A random direction sees ‖J‖_F/√d, not ‖J‖₂.
    assert expected == pytest.approx(float(matrix.norm()) / 128**0.5, rel=0.1)


def test_flips_are_the_share_of_predictions_that_change():
    # The class is the sign of the first pixel, which all steps of radius 0 leave.
    def sign(images):
        first = images[:, 0, 0, 0]
        return torch.stack([first, -first], dim=1)

    images = torch.zeros(400, *SHAPE)
    images[:, 0, 0, 0] = 1e-3
    _, flips = local_variation(sign, images, [0.0, 10.0], torch.Generator().manual_seed(0))
    assert flips[0] == 0
    assert flips[1] == pytest.approx(0.5, abs=0.1)
