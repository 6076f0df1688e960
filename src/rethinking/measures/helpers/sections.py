"""Lines and planes through images."""

import torch
from torch import Tensor

from rethinking.errors import InputError

# The largest cosine between two sides of a triangle; its plane is then known to a thousandth.
LARGEST_COSINE = 1 - 1e-6


def draw_places(images: int, groups: int, size: int, generator: torch.Generator) -> Tensor:
    """Draw groups of random images, as groups×size indices, without repetition in a group.

    The generator is on the CPU, for the same draws on all devices. Too few images raise InputError.
    """
    if images < size:
        raise InputError(
            f"lines and planes go through {size} training images, but there are {images}; "
            "give more (train_images)"
        )
    drawn = [torch.randperm(images, generator=generator)[:size] for _ in range(groups)]
    return torch.stack(drawn)


def paths(pairs: Tensor, points: int) -> tuple[Tensor, Tensor]:
    """Equidistant points on straight lines between pairs of images, P×2×C×H×W, with both ends.

    Returns:
        P×points×C×H×W, and the distance between neighbouring points on each line, P.
    """
    start, end = pairs.unbind(dim=1)
    share = torch.linspace(0, 1, points, device=pairs.device)[None, :, None, None, None]
    lengths = (end - start).flatten(start_dim=1).norm(dim=1)
    return start[:, None] + share * (end - start)[:, None], lengths / (points - 1)


def spans_plane(triples: Tensor) -> Tensor:
    """Whether three images, P×3×C×H×W, differ and are not on a line, up to rounding; P."""
    flat = triples.flatten(start_dim=2)
    sides = (flat[:, 1:] - flat[:, :1]).double()
    lengths = sides.norm(dim=2)
    cosine = (sides[:, 0] * sides[:, 1]).sum(dim=1) / lengths.prod(dim=1)
    spanned: Tensor = cosine.abs() < LARGEST_COSINE  # false for NaN
    return spanned


def plane_axes(triples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The planes through three images each, P×3×C×H×W, as centres and orthonormal axes.

    Returns:
        The centres of the triangles, P×C×H×W; the axes, P×2×C×H×W, the first from the first image
        towards the second, the second orthogonal to it on the side of the third (Gram–Schmidt);
        and the coordinates of the three images, P×3×2 in units of the input.
    """
    flat = triples.flatten(start_dim=2)
    to_second, to_third = (flat[:, 1:] - flat[:, :1]).unbind(dim=1)
    first = to_second / to_second.norm(dim=1, keepdim=True)
    rest = to_third - (to_third * first).sum(dim=1, keepdim=True) * first
    # A second time, for the remainder that rounding left along the first axis.
    rest = rest - (rest * first).sum(dim=1, keepdim=True) * first
    axes = torch.stack([first, rest / rest.norm(dim=1, keepdim=True)], dim=1)
    centres = flat.mean(dim=1)
    corners = (flat - centres[:, None]) @ axes.mT
    shape = triples.shape[2:]
    return centres.unflatten(1, shape), axes.unflatten(2, shape), corners


def planes(centres: Tensor, axes: Tensor, side: float, points: int) -> Tensor:
    """Square grids of images in planes: rows along the second axis, columns along the first.

    Args:
        centres: P×C×H×W.
        axes: P×2×C×H×W, orthonormal.
        side: The period of a row, in units of the input: one spacing more than from its first
            point to its last.
        points: The number of points in each row and column.

    Returns:
        P×points×points×C×H×W.
    """
    offsets = (torch.arange(points, device=centres.device) - (points - 1) / 2) * (side / points)
    across = offsets[None, None, :, None, None, None] * axes[:, 0, None, None]
    up = offsets[None, :, None, None, None, None] * axes[:, 1, None, None]
    return centres[:, None, None] + across + up
