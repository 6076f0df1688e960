"""Synthetic images: noise and random walks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rethinking.data.dataset import Dataset
from rethinking.errors import InputError
from rethinking.names.condition import MARGINALS, WALKS

# The most draws of a step, or of a permutation, until no image is repeated. A few suffice if the
# possible images far outnumber those drawn.
TRIES = 200


def draw(kind: str, dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[Any]:
    """Draw n images, n×C×H×W, with the shape (for Gaussian noise, also the moments) of a data set.

    The kind is ``gaussian_noise`` (float32; others are uint8), ``uniform_noise`` (uniform bytes),
    the name of a walk, or this with ``_marginals`` behind it: the control with the same values at
    each place. Too few images of this shape raise InputError.
    """
    if kind == "gaussian_noise":
        return matched_gaussian(dataset, n, random)
    if kind == "uniform_noise":
        return random.integers(256, size=(n, *dataset.image_shape), dtype=np.uint8)
    images = walk(n, dataset.image_shape, random, **WALKS[kind.removesuffix(MARGINALS)])
    return marginals(images, random) if kind.endswith(MARGINALS) else images


def matched_gaussian(dataset: Dataset, n: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw n images of normal pixels with the mean and variance of a data set's training images.

    Mean and variance are those of each channel. The pixels, n×C×H×W, are float32 and not confined
    to [0, 255], because bytes would cut off the tails and with them much of the variance.
    """
    channels, height, width = dataset.image_shape
    # One channel at a time, because float64 takes eight times the memory of bytes.
    by_channel = [dataset.train_images[:, channel] for channel in range(channels)]
    mean, spread = (
        np.array([moment(pixels, dtype=np.float64) for pixels in by_channel], dtype=np.float32)
        for moment in (np.mean, np.std)
    )
    standard = random.standard_normal((n, channels, height, width), dtype=np.float32)
    standard *= spread[:, None, None]
    standard += mean[:, None, None]
    return standard


def walk(
    n: int,
    shape: tuple[int, int, int],
    random: np.random.Generator,
    *,
    whole_pixels: bool,
    half_step: bool = False,
) -> NDArray[np.uint8]:
    """Draw images, n×C×H×W, that each differ from the one before in one place.

    The first image is uniform noise. No image is repeated, because no function can fit one image
    with two labels: a step back to an earlier image is drawn again, and too few images of this
    shape raise InputError. A longer walk begins with the shorter one from the same source.

    Args:
        n: The number of images.
        shape: Channels, height and width.
        random: The source of randomness.
        whole_pixels: Whether a place is all channels of a position, or one of them.
        half_step: Whether the value v of a place becomes (v + ½) mod 1, where bytes fill [0, 1), so
            that neighbours are never close; otherwise it is uniform among all other bytes. Two half
            steps at one place lead straight back, so each has another position than the last.
    """
    channels, height, width = shape
    start, place, channel, change = random.spawn(4)
    # Repeated draws have their own stream, so that walks without them do not depend on it.
    (anew,) = change.spawn(1)
    images = np.empty((n, channels, height * width), dtype=np.uint8)
    images[0] = start.integers(256, size=images.shape[1:], dtype=np.uint8)
    count = height * width
    if half_step and count > 1:
        # Positions move on by 1 to count − 1, modulo count.
        positions = place.integers(1, count, size=n).cumsum() % count
    else:
        positions = place.integers(count, size=n)
    changed = channel.integers(channels, size=n)
    # Adding 1 to 255, modulo 256, draws one of the 255 other values.
    steps = change.integers(1, 256, size=(n, channels), dtype=np.uint8)
    if half_step:
        steps[:] = 128
    earlier = {images[0].tobytes()}
    for i in range(1, n):
        position, which, step = positions[i], changed[i], steps[i]
        for _ in range(TRIES):
            images[i] = images[i - 1]
            where = slice(None) if whole_pixels else slice(which, which + 1)
            images[i, where, position] += step[where]
            if images[i].tobytes() not in earlier:
                break
            position, which = anew.integers(count), anew.integers(channels)
            if not half_step:
                step = anew.integers(1, 256, size=channels, dtype=np.uint8)
        else:
            raise InputError(
                f"a walk of {n} images of {height}×{width} pixels comes back to an earlier image "
                f"after {i} images; ask for fewer, or give larger ones"
            )
        earlier.add(images[i].tobytes())
    return images.reshape(n, *shape)


def marginals(images: NDArray[Any], random: np.random.Generator) -> NDArray[Any]:
    """Permute the values of all images at each place independently (images: N×C×H×W).

    Each place keeps its values, but not their order and their dependence on other places. This is
    the control for a walk, where neighbours are nearly equal. Permutations are drawn until no image
    is repeated, because no function could fit one image with two labels. Images that are so small
    that two are always equal raise InputError.
    """
    for _ in range(TRIES):
        permuted = random.permuted(images, axis=0)
        if len({image.tobytes() for image in permuted}) == len(permuted):
            return permuted
    height, width = images.shape[2:]
    raise InputError(
        f"{len(images)} images with the values of a walk of {height}×{width} pixels at each place "
        "are never all different; ask for fewer, or give larger ones"
    )
