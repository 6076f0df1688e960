"""Functions Σᵢ αᵢ k(x, xᵢ) that fit labels: those of least norm, and ridge regression.

Among all weights that fit the labels, gradient descent from zero finds those of least norm (Zhang
et al., 2017, §5). They solve (K + ℓ2·I)α = Y with ℓ2 = 0, where K is the Gram matrix of the
training images and Y are their one-hot labels. The values at other images are ``gram @
coefficients``, with the Gram matrix between these and the training images.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, cg
from torch import Tensor

from rethinking.errors import InputError
from rethinking.seeds import derive_seed

# The largest residual after conjugate gradients have converged, relative to the tolerance. They
# update the residual in every step, so that it drifts from its true value by rounding.
DRIFT = 2


@dataclass(frozen=True)
class Spectrum:
    """The eigendecomposition of a Gram matrix, without eigenvalues that are 0 up to rounding."""

    values: Tensor  # rank, positive, ascending
    vectors: Tensor  # n×rank
    rank: int
    condition: float  # the largest eigenvalue over the smallest


@dataclass(frozen=True)
class Solution:
    """Functions that fit targets, one for each class."""

    coefficients: Tensor  # α, n×classes, with the device and the type of the Gram matrix
    # √tr αᵀKα, the norm of the functions in the kernel's space; for a linear kernel, the Frobenius
    # norm of the weights.
    norm: float
    residual: float  # ‖Kα − Y‖/‖Y‖ (Frobenius): 0 for interpolation, 1 for α = 0
    iterations: int  # of conjugate gradients; 0 for a direct solution
    converged: bool  # whether α solves the system; always true for a direct solution


def decompose(gram: Tensor) -> Spectrum:
    """One eigendecomposition of a Gram matrix for any number of targets and ridges.

    The matrix is symmetric and positive semi-definite; the memory is some 3·n² further numbers.
    Eigenvalues up to n·ε times the largest, with the ε of the type, count as 0: computed ones have
    this distance from the true ones (as in LAPACK and :func:`numpy.linalg.matrix_rank`). A matrix
    of zeros raises InputError.
    """
    values, vectors = torch.linalg.eigh(gram)
    kept = values > len(gram) * torch.finfo(gram.dtype).eps * values[-1]
    if not kept.any():
        raise InputError(
            "the Gram matrix is 0: no kernel tells its images apart; change the images"
        )
    values, vectors = values[kept], vectors[:, kept]
    return Spectrum(values, vectors, len(values), float(values[-1] / values[0]))


def solve_direct(spectrum: Spectrum, targets: Tensor, l2: float) -> Solution:
    """The ridge regression or, for ℓ2 = 0, the least-squares solution of least norm.

    The latter interpolates if the matrix is regular. Coefficients are in the span of the matrix.
    The part of the targets outside of it would change no value of the function, for any ℓ2, but
    would add its rounding, divided by ℓ2, to all of them.

    Args:
        spectrum: The spectrum of the Gram matrix.
        targets: Y, n×classes, one-hot.
        l2: ℓ2 ≥ 0, on the scale of the kernel: the ``alpha`` of scikit-learn's ``KernelRidge``.
    """
    targets = targets.to(spectrum.vectors)
    values = spectrum.values[:, None]
    coefficients = spectrum.vectors @ (spectrum.vectors.T @ targets / (values + l2))
    fitted = spectrum.vectors @ (values * (spectrum.vectors.T @ coefficients))
    return _solution(coefficients, fitted, targets, iterations=0, converged=True)


def solve_iterative(
    gram: Tensor, targets: Tensor, l2: float, tolerance: float, max_iterations: int
) -> Solution:
    """The same solution by conjugate gradients, for matrices too large to decompose.

    All classes are one system, so that an iteration is one product of the Gram matrix with an
    n×classes matrix, on the matrix's device. From zero, it stays in the span of the targets and the
    matrix, and tends to the solution of least norm.

    A singular matrix with ℓ2 = 0 may have no solution, as for pixels with more images than pixels.
    Conjugate gradients then grow without bound, which ``residual`` shows. A small ℓ2, as 1e-10 of
    the largest eigenvalue in float64, leads to the least-squares solution.

    Args:
        gram: K, n×n.
        targets: Y, n×classes, one-hot.
        l2: ℓ2 ≥ 0, as in :func:`solve_direct`.
        tolerance: The tolerance of ‖(K + ℓ2·I)α − Y‖/‖Y‖. Rounding keeps it above some ε·condition.
        max_iterations: The number of iterations after which α is not ``converged``.
    """
    shape = targets.shape
    iterations = 0

    def product(vector: NDArray[np.float64]) -> NDArray[np.float64]:
        coefficients = torch.from_numpy(vector.reshape(shape)).to(gram)
        values: NDArray[np.float64] = (gram @ coefficients).double().flatten().cpu().numpy()
        return values + l2 * vector.ravel()

    def count(_vector: NDArray[np.float64]) -> None:
        nonlocal iterations
        iterations += 1

    operator = LinearOperator((targets.numel(),) * 2, matvec=product, dtype=np.float64)
    # A singular matrix may lead to a division by 0.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        vector, _ = cg(
            operator,
            targets.double().flatten().cpu().numpy(),
            rtol=tolerance,
            maxiter=max_iterations,
            callback=count,
        )
    targets = targets.to(gram)
    coefficients = torch.from_numpy(vector.reshape(shape)).to(gram)
    fitted = gram @ coefficients
    left = float((fitted + l2 * coefficients - targets).norm() / targets.norm())
    return _solution(coefficients, fitted, targets, iterations, left <= DRIFT * tolerance)


def sgd_distances(
    design: NDArray[np.float64],
    targets: NDArray[np.float64],
    start: NDArray[np.float64],
    learning_rate: float,
    batch_size: int,
    epochs: int,
    seed: int,
) -> NDArray[np.float64]:
    """The distance of SGD to the least-squares solution of least norm W* after each epoch.

    Steps are combinations of the rows of the design, so the part of the start outside of their span
    does not change (Zhang et al., 2017, §5): with more columns than rows, SGD tends to W* from
    zero, and to W* plus this part from elsewhere. If targets cannot be interpolated, it does not
    converge.

    Args:
        design: X, n×p.
        targets: Y, n×k.
        start: p×k.
        learning_rate: The factor of the gradient of ‖xW − y‖²/2, averaged over the batch.
        batch_size: The rows of each step; the last step of an epoch may have fewer.
        epochs: The number of epochs; each has the rows in a new order.
        seed: The seed of the orders.

    Returns:
        ‖W − W*‖/‖W*‖ (Frobenius) before the first and after each epoch, epochs + 1.
    """
    random = np.random.default_rng(derive_seed(seed, "order"))
    min_norm = np.linalg.pinv(design) @ targets
    weights = start.copy()

    def distance() -> float:
        return float(np.linalg.norm(weights - min_norm) / np.linalg.norm(min_norm))

    distances = [distance()]
    for _ in range(epochs):
        order = random.permutation(len(design))
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            errors = design[rows] @ weights - targets[rows]
            weights -= learning_rate / len(rows) * (design[rows].T @ errors)
        distances.append(distance())
    return np.array(distances)


def _solution(
    coefficients: Tensor, fitted: Tensor, targets: Tensor, iterations: int, converged: bool
) -> Solution:
    squared_norm = float((coefficients.double() * fitted.double()).sum())
    return Solution(
        coefficients,
        norm=math.sqrt(max(squared_norm, 0)),  # rounding can make it negative
        residual=float((fitted - targets).norm() / targets.norm()),
        iterations=iterations,
        converged=converged,
    )
