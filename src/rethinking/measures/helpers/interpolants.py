"""Reference functions, which interpolate the same labels without training.

Each is a function from images, N×C×H×W, to N×classes.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from rethinking.errors import InputError
from rethinking.measures.helpers.logits import spread
from rethinking.measures.helpers.metric import Function
from rethinking.seeds import derive_seed

# The number of training images for the median distance of nearest neighbours.
SAMPLE = 1000
# The number of images at once; each needs a row of distances to all training images.
CHUNK = 64


def interpolant(name: str, images: Tensor, labels: Tensor, classes: int, seed: int) -> Function:
    """A reference function of scaled training images, N×C×H×W, and their labels, by name.

    These are ``nearest_neighbour``; ``shepard``, whose bandwidth is half the median distance of
    nearest neighbours; and ``white_noise``, which fits no labels and depends on the seed.
    """
    if name == "nearest_neighbour":
        return nearest_neighbour(images, labels, classes)
    if name == "shepard":
        return shepard(images, labels, classes, nearest_neighbour_distance(images) / 2)
    if name == "white_noise":
        return white_noise(classes, derive_seed(seed, "white noise"))
    raise LookupError(f"there is no reference {name}")


def is_differentiable(name: str) -> bool:
    """Whether derivatives of a reference function describe its variation; the others jump."""
    return name == "shepard"


def nearest_neighbour_distance(train_images: Tensor) -> float:
    """The median distance of a training image to the nearest other one, in units of the input.

    This is the unit of ε, lengths and frequencies. The median is over at most :data:`SAMPLE` images
    at equal distances in the set. It raises InputError if it is 0, or there is only one image.
    """
    if len(train_images) < 2:
        raise InputError("one training image has no neighbour; give more (train_images)")
    flat = train_images.flatten(start_dim=1)
    sample = spread(torch.arange(len(flat), device=flat.device), SAMPLE)
    nearest = []
    for own in sample.split(CHUNK):
        distances = torch.cdist(flat[own], flat).scatter(1, own[:, None], torch.inf)
        # Products of matrices, as in cdist, leave equal images slightly apart.
        nearest.append((flat[own] - flat[distances.argmin(dim=1)]).norm(dim=1))
    median = float(torch.cat(nearest).median())
    if median == 0:
        raise InputError(
            "most training images have a twin: distances between neighbours are 0, and nothing can "
            "be measured in their unit; remove double images"
        )
    return median


def nearest_neighbour(train_images: Tensor, train_labels: Tensor, classes: int) -> Function:
    """The one-hot label of the nearest training image: pure memory, piecewise constant."""
    flat = train_images.flatten(start_dim=1)
    labels = one_hot(train_labels, classes).to(flat.dtype)
    return _in_chunks(lambda rows: labels[torch.cdist(rows, flat).argmin(dim=1)])


def shepard(train_images: Tensor, train_labels: Tensor, classes: int, bandwidth: float) -> Function:
    """The mean of one-hot labels with weights exp(−r²/2h²)/r², a smooth interpolant.

    The factor 1/r² (Shepard, 1968, with exponent 2) makes it interpolate: with a Gaussian alone,
    the many other images outweigh the nearest one in high dimensions. The Gaussian makes it local.
    Its bandwidth h is in units of the input.
    """
    flat = train_images.flatten(start_dim=1)
    labels = one_hot(train_labels, classes).to(flat.dtype)
    squared = flat.square().sum(dim=1)
    least = 1e-6 * bandwidth**2  # the rounding of a squared distance; keeps the weights finite

    def values(rows: Tensor) -> Tensor:
        distances = rows.square().sum(dim=1, keepdim=True) + squared - 2 * rows @ flat.T
        distances = distances.clamp_min(0) + least
        return (-distances / (2 * bandwidth**2) - distances.log()).softmax(dim=1) @ labels

    return _in_chunks(values)


def white_noise(classes: int, seed: int) -> Function:
    """Independent normal logits for every image and call: no function is rougher.

    The numbers come from one stream, image after image in the order of the calls, on every device
    and for all partitions of the images. (Draws of torch depend on how many are drawn at once.)
    """
    random = np.random.default_rng(seed)

    def values(images: Tensor) -> Tensor:
        logits = random.standard_normal((len(images), classes), dtype=np.float32)
        return torch.from_numpy(logits).to(images.device)

    return values


def _in_chunks(function: Function) -> Function:
    return lambda images: torch.cat(
        [function(rows) for rows in images.flatten(start_dim=1).split(CHUNK)]
    )
