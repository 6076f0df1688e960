"""Lines and planes through images."""

import torch

from rethinking.measures.helpers.sections import draw_places, paths, plane_axes, planes, spans_plane
from tests.helpers.subjects import SHAPE


def test_paths_go_from_image_to_image_in_equal_steps():
    pairs = torch.randn(5, 2, *SHAPE)
    points, spacings = paths(pairs, 9)
    torch.testing.assert_close(points[:, 0], pairs[:, 0])
    torch.testing.assert_close(points[:, -1], pairs[:, 1])
    steps = (points[:, 1:] - points[:, :-1]).flatten(start_dim=2).norm(dim=2)
    torch.testing.assert_close(steps, spacings[:, None].expand(5, 8), rtol=1e-4, atol=1e-5)


def test_axes_are_orthonormal_and_hold_the_images():
    triples = torch.randn(6, 3, *SHAPE, dtype=torch.float64)
    centres, axes, corners = plane_axes(triples)
    flat = axes.flatten(start_dim=2)
    torch.testing.assert_close(flat @ flat.mT, torch.eye(2, dtype=torch.float64).expand(6, 2, 2))
    back = centres[:, None] + torch.einsum("pka,pachw->pkchw", corners, axes)
    torch.testing.assert_close(back, triples)
    # The line through the first two is along the first axis, the third image above it.
    torch.testing.assert_close(corners[:, 0, 1], corners[:, 1, 1])
    assert (corners[:, 1, 0] > corners[:, 0, 0]).all()
    assert (corners[:, 2, 1] > corners[:, 0, 1]).all()


def test_planes_are_square_grids_about_their_centre():
    centres, axes, _ = plane_axes(torch.randn(2, 3, *SHAPE))
    grids = planes(centres, axes, side=3.0, points=6)
    torch.testing.assert_close(grids.flatten(1, 2).mean(dim=1), centres, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(grids[:, 2, 3] - grids[:, 2, 2], 0.5 * axes[:, 0], atol=1e-5, rtol=0)
    torch.testing.assert_close(grids[:, 3, 2] - grids[:, 2, 2], 0.5 * axes[:, 1], atol=1e-5, rtol=0)


def test_images_in_a_line_and_twins_span_no_plane():
    one, other = torch.randn(2, *SHAPE)
    triples = torch.stack(
        [
            torch.stack([one, other, torch.randn(SHAPE)]),
            torch.stack([one, other, 0.3 * one + 0.7 * other]),
            torch.stack([one, one, other]),
            torch.stack([one, other, other]),
        ]
    )
    assert spans_plane(triples).tolist() == [True, False, False, False]


def test_no_image_is_twice_in_a_group():
    drawn = draw_places(5, 200, 3, torch.Generator().manual_seed(0))
    assert all(len(set(group.tolist())) == 3 for group in drawn)
    assert set(drawn.flatten().tolist()) == set(range(5))
