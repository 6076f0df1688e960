"""Smaller data sets that do not depend on chance."""

import numpy as np
from numpy.typing import NDArray

from rethinking.errors import InputError


def subset_indices(available: int, wanted: int | None, what: str) -> NDArray[np.intp]:
    """The indices of a fixed random subset, in ascending order.

    A smaller subset is part of every larger one.

    Args:
        available: The number of images.
        wanted: The number of images to keep; None keeps all.
        what: The name of the images, for the error message.

    Raises:
        InputError: There are fewer images than are to be kept.
    """
    if wanted is None:
        return np.arange(available)
    if wanted > available:
        raise InputError(f"{what}: {wanted} asked for, {available} there; ask for fewer")
    return np.sort(np.random.default_rng(0).permutation(available)[:wanted])
