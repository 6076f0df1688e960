"""The number of images that a student needs."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression


def images_to_reach(
    sizes: NDArray[np.int64], kappas: NDArray[np.float64], threshold: float
) -> float:
    """n*: where an isotonic fit of κ on log n reaches a threshold, interpolated linearly in log n.

    Args:
        sizes: The numbers of images, n, ascending.
        kappas: The κ of each; NaN, where κ is undefined, is left out.
        threshold: The κ to reach.

    Returns:
        A number of images; the least of ``sizes`` if it suffices, infinity if the largest does not.
    """
    known = ~np.isnan(kappas)
    if not known.any():
        return math.inf
    log_sizes = np.log(sizes[known])
    fitted = isotonic_regression(kappas[known]).x
    above = np.flatnonzero(fitted >= threshold)
    if len(above) == 0:
        return math.inf
    first = above[0]
    if first == 0:
        return float(sizes[known][0])
    low, high = fitted[first - 1], fitted[first]
    share = (threshold - low) / (high - low)
    return float(np.exp(log_sizes[first - 1] + share * (log_sizes[first] - log_sizes[first - 1])))
