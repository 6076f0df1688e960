"""Smaller data sets that do not depend on chance."""

import numpy as np
from numpy.typing import NDArray

from rethinking.errors import InputError


def subset_indices(available: int, wanted: int | None, what: str) -> NDArray[np.intp]:
    """The indices of a fixed random subset, in ascending order; None keeps all.

    A smaller subset is part of every larger one. If fewer images are ``available``, InputError
    names them by ``what``.
    """
    if wanted is None:
        return np.arange(available)
    if wanted > available:
        raise InputError(f"{what}: {wanted} asked for, {available} there; ask for fewer")
    return np.sort(np.random.default_rng(0).permutation(available)[:wanted])
