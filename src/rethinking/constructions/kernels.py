"""Kernels of images: inner products, or Gaussians, of pixels or of convolutional features.

These are the kernels of Zhang et al. (2017, §5), whose interpolants generalise without regularizer.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize, unfold

from rethinking.constructions.specs import Kernel
from rethinking.errors import InputError
from rethinking.seeds import derive_seed
from rethinking.training.inputs import LARGEST_BYTE

# The values of Coates & Ng (2012, on pre-processing) for pixels in [0, 255]: added to a patch's
# variance, so that noise in a flat patch is not amplified, and to the variances in the whitening.
CONTRAST_FLOOR = 10.0
WHITENING_FLOOR = 0.1
# The threshold of the two-sided ReLU, for filters of norm 1 on whitened patches (Coates & Ng, 2011,
# on CIFAR-10).
THRESHOLD = 0.25
# The number of training patches for the mean and covariance of the whitening.
SAMPLE = 100_000
# The number of filters whose features, and of images whose patches, are in memory at once.
FILTER_BLOCK = 256
IMAGE_BLOCK = 64

# A map from N×C×H×W in [0, 255] to N×features.
Features = Callable[[Tensor], Tensor]


def gram(
    kernel: Kernel,
    left: Tensor,
    right: Tensor,
    train_images: Tensor,
    seed: int,
    device: torch.device,
    dtype: torch.dtype,
) -> Tensor:
    """The kernel between each image of one set and each of another, N×M.

    Inner products are summed over blocks of :data:`FILTER_BLOCK` filters. The memory is N·M numbers
    for the result, up to 16·(N + M)·:data:`FILTER_BLOCK` for a block of features (for pixels 2·(N +
    M)·C·H·W) and some 4·:data:`IMAGE_BLOCK`·:data:`FILTER_BLOCK`·H·W for responses, at 4 bytes in
    float32 and 8 in float64: 10 GB in float32 for 50,000 images with each other.

    Args:
        kernel: The kernel; a filter that is larger than the images raises InputError.
        left: N×C×H×W, in [0, 255].
        right: M×C×H×W, in [0, 255]; if it is ``left`` itself, features are computed once.
        train_images: Images of the same shape, uint8 or float, from which filters are cut.
        seed: The seed of the filters.
        device: The device of the computation and the result.
        dtype: The type of the result: float64 for a decomposition, float32 to save memory.
    """
    products = torch.zeros(len(left), len(right), device=device, dtype=dtype)
    left_squares = torch.zeros(len(left), 1, device=device, dtype=dtype)
    right_squares = torch.zeros(len(right), device=device, dtype=dtype)
    for features in _feature_blocks(kernel, train_images, seed, device, dtype):
        of_left = _of_all(features, left, device, dtype)
        of_right = of_left if right is left else _of_all(features, right, device, dtype)
        products.addmm_(of_left, of_right.T)
        left_squares += of_left.square().sum(dim=1, keepdim=True)
        right_squares += of_right.square().sum(dim=1)
    if kernel.gamma is None:
        return products
    # In place, because this is the only matrix of this size. Rounding can leave squares below 0.
    distances = products.mul_(-2).add_(left_squares).add_(right_squares).clamp_min_(0)
    if right is left:
        distances.fill_diagonal_(0)
    return distances.mul_(-kernel.gamma).exp_()


def _feature_blocks(
    kernel: Kernel, train_images: Tensor, seed: int, device: torch.device, dtype: torch.dtype
) -> Iterator[Features]:
    if kernel.filters is None or kernel.filter_side is None:
        yield lambda images: images.flatten(start_dim=1) / LARGEST_BYTE
        return
    weights, offsets = _filters(train_images, kernel.filters, kernel.filter_side, seed)
    weights, offsets = weights.to(device, dtype), offsets.to(device, dtype)
    for block in zip(weights.split(FILTER_BLOCK), offsets.split(FILTER_BLOCK), strict=True):
        yield partial(_responses, *block, kernel.filter_side)


def _of_all(features: Features, images: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    return torch.cat([features(part.to(device, dtype)) for part in images.split(IMAGE_BLOCK)])


def _filters(train_images: Tensor, count: int, side: int, seed: int) -> tuple[Tensor, Tensor]:
    """Training patches as filters, combined with the whitening of their inputs.

    The response of a whitened patch W(p − m) to a filter f of norm 1 is (fW)p − (fW)m, so no image
    needs whitening.

    Returns:
        fW, count×(C·side·side), and −(fW)m, count×1; float64 on the CPU, for equal results on all
        devices.
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "filters"))
    sample = _contrast_normalised(_patches(train_images, SAMPLE, side, generator))
    mean = sample.mean(dim=0)
    sample -= mean
    variances, axes = torch.linalg.eigh(sample.T @ sample / len(sample))
    whitening = axes / (variances + WHITENING_FLOOR).sqrt() @ axes.T
    drawn = _contrast_normalised(_patches(train_images, count, side, generator))
    weights = normalize((drawn - mean) @ whitening, dim=1) @ whitening
    return weights, -(weights @ mean)[:, None]


def _patches(images: Tensor, count: int, side: int, generator: torch.Generator) -> Tensor:
    """Random squares of random images, with replacement: count×(C·side·side)."""
    if side > min(images.shape[2:]):
        raise InputError(
            f"kernel: filter_side: {side} pixels a side do not fit into images of "
            f"{images.shape[2]}×{images.shape[3]}; lower it"
        )
    squares = images.unfold(2, side, 1).unfold(3, side, 1)  # N×C×rows×columns×side×side, a view
    which, row, column = (
        torch.randint(squares.shape[dim], (count,), generator=generator) for dim in (0, 2, 3)
    )
    return squares[which, :, row, column].flatten(start_dim=1).cpu().double()


def _contrast_normalised(patches: Tensor) -> Tensor:
    """Normalise patches, N×pixels or N×pixels×positions, by their mean and variance."""
    variance, mean = torch.var_mean(patches, dim=1, correction=0, keepdim=True)
    return (patches - mean) / (variance + CONTRAST_FLOOR).sqrt()


def _responses(weights: Tensor, offsets: Tensor, side: int, images: Tensor) -> Tensor:
    """The two-sided ReLU of the responses to filters, averaged over the quadrants of an image.

    The result is N×(8·filters). For an odd number of positions of a filter, the middle ones are in
    both halves.
    """
    patches = _contrast_normalised(unfold(images, side))
    rows = images.shape[2] - side + 1
    responses = (weights @ patches + offsets).unflatten(2, (rows, -1))
    sides = [adaptive_avg_pool2d((z - THRESHOLD).relu(), 2) for z in (responses, -responses)]
    return torch.cat(sides, dim=1).flatten(start_dim=1)
