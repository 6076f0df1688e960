"""The order and the moves of training images, the same in every framework.

Both are drawn with numpy, from a seed and the number of the epoch alone, so that another framework
sees the same batches and a resumed training needs no state of a generator.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rethinking.seeds import derive_seed
from rethinking.training.recipe import Recipe, images_in_epoch


def image_order(recipe: Recipe, images: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The images of an epoch (counted from 1), as indices in a training set of ``images``.

    They are one permutation of the training set, or as many as the recipe's epoch needs, the last
    one cut off. The seed is that of the network's training.
    """
    random = np.random.default_rng(derive_seed(seed, f"order, epoch {epoch}"))
    seen = images_in_epoch(recipe, images)
    passes = math.ceil(seen / images)
    return np.concatenate([random.permutation(images) for _ in range(passes)])[:seen]


def image_moves(recipe: Recipe, images: int, seed: int, epoch: int) -> NDArray[np.int16]:
    """The move of each image of an epoch, N×3, with the arguments of :func:`image_order`.

    A move is pixels downwards and pixels to the right, each uniform in [−shift, shift], and 1 for a
    mirrored image. The draws are independent of the order.
    """
    random = np.random.default_rng(derive_seed(seed, f"augmentation, epoch {epoch}"))
    seen, shift = images_in_epoch(recipe, images), recipe.random_crop
    moves = np.empty((seen, 3), dtype=np.int16)
    moves[:, :2] = random.integers(-shift, shift, size=(seen, 2), endpoint=True)
    moves[:, 2] = random.random(seen) < recipe.flip
    return moves
