"""The order of training images and how each is moved: the same for every framework.

Both are drawn with numpy from a seed and the number of the epoch alone, so that another framework
sees the same batches and a resumed training needs no state of a generator.
"""

import numpy as np
from numpy.typing import NDArray

from rethinking.seeds import derive_seed
from rethinking.training.recipe import Recipe, images_in_epoch


def image_order(recipe: Recipe, images: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """What a network sees in an epoch, by place in its training set.

    Args:
        recipe: Says how long an epoch is.
        images: In the training set.
        seed: Of the network's training.
        epoch: Counted from 1.

    Returns:
        One permutation of the training set, or as many as the epoch needs, the last cut off.
    """
    random = np.random.default_rng(derive_seed(seed, f"order, epoch {epoch}"))
    seen = images_in_epoch(recipe, images)
    passes = -(-seen // images)
    return np.concatenate([random.permutation(images) for _ in range(passes)])[:seen]


def image_moves(recipe: Recipe, images: int, seed: int, epoch: int) -> NDArray[np.int16]:
    """How each image that a network sees in an epoch is moved; drawn apart from their order.

    Args:
        recipe: Says how far windows move and how often images are mirrored.
        images: In the training set.
        seed: Of the network's training.
        epoch: Counted from 1.

    Returns:
        N×3: pixels downwards and pixels to the right, each uniform in [−shift, shift], and 1 where
        the image is mirrored.
    """
    random = np.random.default_rng(derive_seed(seed, f"augmentation, epoch {epoch}"))
    seen, shift = images_in_epoch(recipe, images), recipe.random_crop
    moves = np.empty((seen, 3), dtype=np.int16)
    moves[:, :2] = random.integers(-shift, shift, size=(seen, 2), endpoint=True)
    moves[:, 2] = random.random(seen) < recipe.flip
    return moves
