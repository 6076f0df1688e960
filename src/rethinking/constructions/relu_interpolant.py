"""A network that fits any targets of n points without training.

Theorem 1 of Zhang et al. (2017, §4 and appendix C): a ReLU network with two layers and 2n + d
weights represents any function on n points in d dimensions. Corollary 1 there trades width for
depth.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import pad, relu

from rethinking.errors import InputError
from rethinking.seeds import derive_seed

# The number of random projections; the one with the largest gap is chosen.
PROJECTIONS = 16
# The least gap between projections, in units of their spread, for which targets are fitted.
LEAST_GAP = 1e-8
# The bound of |c(x) − y| on the points, in units of the largest |y|. At the least gap, rounding the
# slopes costs up to 1e-7 of it.
TOLERANCE = 1e-6
# The squares of numbers up to this are finite.
LARGEST = 1e100


class ReluInterpolant(nn.Module):
    """c(x) = Σ_j w_j max(⟨a, x⟩ − b_j, 0), with the n thresholds b_j ascending.

    With one hidden layer, all n units are in it. With k layers, each has the units of its share of
    the thresholds and of the next layer's first threshold, and adds the increase of c between the
    two. Further units pass on ⟨a, x⟩ and the sum so far, each as max(t, 0) − max(−t, 0). They have
    no parameters, and the function is the same.

    The computation is in float64. The bits of ⟨a, x⟩ depend neither on the batch nor on the number
    of threads, so that the projection of a point is that of the construction, however large its
    norm.

    Attributes:
        direction: a, d.
        thresholds: b, n.
        weights: w, n.
        depth: The number of hidden layers.
    """

    def __init__(self, direction: Tensor, thresholds: Tensor, weights: Tensor, depth: int) -> None:
        super().__init__()
        self.direction = nn.Parameter(direction)
        self.thresholds = nn.Parameter(thresholds)
        self.weights = nn.Parameter(weights)
        self.depth = depth

    @property
    def units(self) -> int:
        """The number of units of the largest hidden layer, at most ⌈n/k⌉ + 5."""
        shares = [len(share) for share in self.thresholds.tensor_split(self.depth)]
        # The last layer needs no ⟨a, x⟩ and no next threshold, and the first no sum so far.
        last = self.depth - 1
        return max(
            share + 3 * (layer < last) + 2 * (layer > 0) for layer, share in enumerate(shares)
        )

    def forward(self, points: Tensor) -> Tensor:
        """Map N×d or N×C×H×W to N, in float64.

        The sum is taken by parts, Σ_j s_j (max(z − b_j, 0) − max(z − b_{j+1}, 0)) with the slopes
        s_j = w_1 + … + w_j. Its terms are no larger than the targets, while those of the formula
        can be 1e8 times as large and cancel.
        """
        z = _project(points.flatten(start_dim=1).double(), self.direction)[:, None]
        ends = pad(self.thresholds[1:], (0, 1), value=math.inf)
        slopes = self.weights.cumsum(dim=0)
        shares = (part.tensor_split(self.depth) for part in (self.thresholds, ends, slopes))
        total = torch.zeros_like(z[:, 0])
        for start, end, slope in zip(*shares, strict=True):
            # The difference of two neighbouring units, rounded once.
            gains = relu(torch.where(z > end, end, z) - start) @ slope
            z, total = _passed_on(z), _passed_on(total) + gains
        return total


def interpolate(
    points: NDArray[Any], targets: NDArray[Any], seed: int, depth: int = 1
) -> ReluInterpolant:
    """The network of the theorem for some points and targets.

    A random direction orders the points. With b_1 < z_1 and b_j = z_{j−1} for the ordered
    projections z, the equations for w are triangular, and the network is linear between neighbours.
    (The paper's thresholds lie strictly between projections; slopes then overshoot, and digits are
    lost.)

    Args:
        points: N×d. Identical points count once.
        targets: N.
        seed: The seed of the direction.
        depth: The number of hidden layers, at most one for each point.

    Returns:
        A network with |c(x) − y| ≤ :data:`TOLERANCE` · max |y| at all points, in float64.

    Raises:
        InputError: Shapes do not match, a number is not finite or above :data:`LARGEST`, identical
            points have different targets, or points are too close.
    """
    points, targets = np.asarray(points, np.float64), np.asarray(targets, np.float64)
    _check(points, targets)
    distinct, values = (torch.from_numpy(array) for array in _merge(points, targets))
    if not 1 <= depth <= len(distinct):
        raise InputError(
            f"depth: {depth} hidden layers for {len(distinct)} points; give from 1 to as many"
        )
    random = np.random.default_rng(derive_seed(seed, "projection"))
    directions = torch.from_numpy(random.standard_normal((PROJECTIONS, distinct.shape[1])))
    direction = max(directions, key=lambda candidate: _gap(_project(distinct, candidate)))
    z, order = _project(distinct, direction).sort()
    if _gap(z) < LEAST_GAP:
        raise InputError(
            f"points: two are only {_gap(z):.1e} of the spread apart along the best of "
            f"{PROJECTIONS} projections, under {LEAST_GAP:.0e}, too close to fit; remove points "
            "that nearly coincide, or subtract the mean of the points"
        )
    lead = z[-1] - z[0] if len(z) > 1 else 1 + z[0].abs()
    knots = torch.cat([z[:1] - lead, z])
    slopes = _on_a_grid(pad(values[order], (1, 0)).diff() / knots.diff())
    weights = pad(slopes, (1, 0)).diff()
    network = ReluInterpolant(direction.clone(), knots[:-1].clone(), weights, depth)
    with torch.no_grad():
        error = float((network(distinct) - values).abs().max())
    if not error <= TOLERANCE * float(values.abs().max()):
        raise InputError(
            f"targets: fitted only to {error:.1e}, over {TOLERANCE:.0e} of the largest; points or "
            "targets are too large or too small for float64, scale them"
        )
    return network


@torch.no_grad()
def relative_gap(network: ReluInterpolant, points: NDArray[Any]) -> float:
    """The least gap between the projections of different points, N×d, in units of their spread.

    It is between 0 and 1, or infinity for a single point.
    """
    distinct = torch.from_numpy(np.unique(np.asarray(points, np.float64), axis=0))
    return _gap(_project(distinct.to(network.direction.device), network.direction))


@torch.no_grad()
def lipschitz(network: ReluInterpolant) -> float:
    """The Lipschitz constant of the network in ℓ2: the largest |slope| along a, times ‖a‖."""
    return float(network.weights.cumsum(dim=0).abs().max() * network.direction.norm())


def _project(points: Tensor, direction: Tensor) -> Tensor:
    """⟨a, x⟩ of each row, summed in pairs: rounding in matrix products depends on the batch."""
    terms = points * direction
    while terms.shape[1] > 1:
        left, right = terms.chunk(2, dim=1)
        terms = left + pad(right, (0, left.shape[1] - right.shape[1]))
    return terms[:, 0]


def _passed_on(signed: Tensor) -> Tensor:
    """The number that a next layer gets from two ReLU units: the same number."""
    return relu(signed) - relu(-signed)


def _gap(projections: Tensor) -> float:
    """The least distance between numbers over their spread."""
    if len(projections) == 1:
        return math.inf
    ordered = projections.sort().values
    least = float(ordered.diff().min())
    return least / float(ordered[-1] - ordered[0]) if least > 0 else 0.0


def _on_a_grid(slopes: Tensor) -> Tensor:
    """Slopes rounded such that their differences, and the running sums of these, are exact.

    They become multiples of 2^−52 times the least power of two above all of them.
    """
    _, exponent = math.frexp(float(slopes.abs().max()))
    unit = math.ldexp(1, exponent - 52)
    return (slopes / unit).round() * unit


def _check(points: NDArray[np.float64], targets: NDArray[np.float64]) -> None:
    if points.ndim != 2 or 0 in points.shape:
        raise InputError(f"points: shape {points.shape}; give N×d, both at least 1")
    if targets.shape != points.shape[:1]:
        raise InputError(
            f"targets: shape {targets.shape} for {len(points)} points; give one number for each"
        )
    for name, rows in (("points", points), ("targets", targets[:, None])):
        wrong = ~(np.abs(rows) <= LARGEST).all(axis=1)
        if wrong.any():
            raise InputError(
                f"{name}: row {wrong.argmax()} (and {wrong.sum() - 1} more) has a number that is "
                f"not finite or above {LARGEST:.0e}; remove or scale it"
            )


def _merge(
    points: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each distinct point once, with its target."""
    distinct, first, which = np.unique(points, axis=0, return_index=True, return_inverse=True)
    values = targets[first]
    wrong = np.flatnonzero(values[which] != targets)
    if len(wrong):
        raise InputError(
            f"targets: points {first[which[wrong[0]]]} and {wrong[0]} are identical and have "
            f"different targets (and {len(wrong) - 1} more such points); no function fits both, "
            "keep one"
        )
    return distinct, values
