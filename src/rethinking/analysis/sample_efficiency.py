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
        sizes: n, ascending.
        kappas: The κ of each; NaN, where it is not defined, is left out.
        threshold: The κ that is to be reached.

    Returns:
        Images; the smallest of ``sizes`` if that is enough, infinity if the largest is not.
    """
    known = ~np.isnan(kappas)
    if not known.any():
        return math.inf
    at = np.log(sizes[known])
    fitted = isotonic_regression(kappas[known]).x
    above = np.flatnonzero(fitted >= threshold)
    if len(above) == 0:
        return math.inf
    place = above[0]
    if place == 0:
        return float(sizes[known][0])
    low, high = fitted[place - 1], fitted[place]
    share = (threshold - low) / (high - low)
    return float(np.exp(at[place - 1] + share * (at[place] - at[place - 1])))
