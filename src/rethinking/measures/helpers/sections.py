"""Lines and planes through images."""

import torch
from torch import Tensor

from rethinking.errors import InputError

# Of an angle between two sides of a triangle, so that its plane is known to a thousandth.
LARGEST_COSINE = 1 - 1e-6


def draw_places(images: int, groups: int, size: int, generator: torch.Generator) -> Tensor:
    """Groups of images at random, no image twice in a group.

    Args:
        images: How many there are.
        groups: How many to draw.
        size: Images of each, at most ``images``.
        generator: On the CPU, so that all devices draw the same.

    Returns:
        groups×size places in [0, images).

    Raises:
        InputError: There are too few.
    """
    if images < size:
        raise InputError(
            f"lines and planes go through {size} training images, but there are {images}; "
            "give more (train_images)"
        )
    drawn = [torch.randperm(images, generator=generator)[:size] for _ in range(groups)]
    return torch.stack(drawn)


def paths(pairs: Tensor, points: int) -> tuple[Tensor, Tensor]:
    """Equidistant points on straight lines from image to image, both ends included.

    Args:
        pairs: P×2×C×H×W.
        points: On each line.

    Returns:
        P×points×C×H×W, and the distance from point to point on each line, P.
    """
    start, end = pairs.unbind(dim=1)
    share = torch.linspace(0, 1, points, device=pairs.device)[None, :, None, None, None]
    lengths = (end - start).flatten(start_dim=1).norm(dim=1)
    return start[:, None] + share * (end - start)[:, None], lengths / (points - 1)


def spans_plane(triples: Tensor) -> Tensor:
    """Whether three images, P×3×C×H×W, are different and in no line, but for rounding; P."""
    flat = triples.flatten(start_dim=2)
    sides = (flat[:, 1:] - flat[:, :1]).double()
    lengths = sides.norm(dim=2)
    cosine = (sides[:, 0] * sides[:, 1]).sum(dim=1) / lengths.prod(dim=1)
    spanned: Tensor = cosine.abs() < LARGEST_COSINE  # not a number is not smaller
    return spanned


def plane_axes(triples: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The planes through three images each, by orthonormal axes.

    Args:
        triples: P×3×C×H×W.

    Returns:
        The centres of the triangles, P×C×H×W; the axes, P×2×C×H×W, the first from the first image
        towards the second, the second orthogonal to it on the side of the third (Gram–Schmidt);
        and where the three images lie, P×3×2 in units of the input.
    """
    flat = triples.flatten(start_dim=2)
    to_second, to_third = (flat[:, 1:] - flat[:, :1]).unbind(dim=1)
    first = to_second / to_second.norm(dim=1, keepdim=True)
    rest = to_third - (to_third * first).sum(dim=1, keepdim=True) * first
    # What rounding left along the first axis, again.
    rest = rest - (rest * first).sum(dim=1, keepdim=True) * first
    axes = torch.stack([first, rest / rest.norm(dim=1, keepdim=True)], dim=1)
    centres = flat.mean(dim=1)
    corners = (flat - centres[:, None]) @ axes.mT
    shape = triples.shape[2:]
    return centres.unflatten(1, shape), axes.unflatten(2, shape), corners


def planes(centres: Tensor, axes: Tensor, side: float, points: int) -> Tensor:
    """Square grids of images in planes.

    Args:
        centres: P×C×H×W.
        axes: P×2×C×H×W, orthonormal.
        side: From the first point of a row to where the next period of it would start, in units of
            the input.
        points: Of each row and column.

    Returns:
        P×points×points×C×H×W: rows along the second axis, columns along the first.
    """
    offsets = (torch.arange(points, device=centres.device) - (points - 1) / 2) * (side / points)
    across = offsets[None, None, :, None, None, None] * axes[:, 0, None, None]
    up = offsets[None, :, None, None, None, None] * axes[:, 1, None, None]
    return centres[:, None, None] + across + up
