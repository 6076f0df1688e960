"""A smaller data set that does not depend on chance."""

import numpy as np
from numpy.typing import NDArray

from rethinking.errors import InputError


def subset_indices(available: int, wanted: int | None, what: str) -> NDArray[np.intp]:
    """Which images to keep: a fixed random subset, in ascending order.

    A smaller subset is part of every larger one.

    Args:
        available: How many there are.
        wanted: How many to keep; None keeps all.
        what: What is counted, for the error message.

    Raises:
        InputError: More are wanted than there are.
    """
    if wanted is None:
        return np.arange(available)
    if wanted > available:
        raise InputError(f"{what}: {wanted} asked for, {available} there; ask for fewer")
    return np.sort(np.random.default_rng(0).permutation(available)[:wanted])
