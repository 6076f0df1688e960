"""Solutions of least norm and ridge regression against matrices and scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.kernel_ridge import KernelRidge
from torch.nn.functional import one_hot

from rethinking.constructions.kernels import gram
from rethinking.constructions.min_norm import (
    decompose,
    sgd_distances,
    solve_direct,
    solve_iterative,
)
from rethinking.constructions.specs import Kernel
from rethinking.errors import InputError

EPSILON = torch.finfo(torch.float64).eps
RIDGES = (1e-3, 0.1, 10.0)


def make_design(rows, columns, rank, seed=0):
    """Of some rank; singular values lie between 1 and 3."""
    random = np.random.default_rng(seed)
    left = np.linalg.qr(random.standard_normal((rows, rank)))[0]
    right = np.linalg.qr(random.standard_normal((columns, rank)))[0]
    return torch.from_numpy(left * np.linspace(1, 3, rank) @ right.T)


def make_targets(rows, classes=4, seed=0):
    labels = np.random.default_rng(seed).integers(classes, size=rows)
    return one_hot(torch.from_numpy(labels), classes).double()


# More columns than rows: K is regular. And fewer: it has no solution for most targets.
WIDE = make_design(30, 50, 30)
TALL = make_design(30, 8, 8)
TARGETS = make_targets(30)


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    images = torch.from_numpy(data.images[:, None] / 16 * 255)
    return images, one_hot(torch.from_numpy(data.target)).double()


def digits_gram(kernel, images):
    return gram(kernel, images, images, images, 0, torch.device("cpu"), torch.float64)


def test_a_spectrum_keeps_what_is_not_zero_but_for_rounding():
    rotation = torch.linalg.qr(make_design(3, 3, 3, seed=1))[0]
    matrix = rotation @ torch.diag(torch.tensor([0, 1e-10, 4]).double()) @ rotation.T
    spectrum = decompose(matrix)
    assert spectrum.rank == 2
    assert spectrum.condition == pytest.approx(4e10, rel=1e-4)
    rebuilt = spectrum.vectors * spectrum.values @ spectrum.vectors.T
    torch.testing.assert_close(rebuilt, matrix)
    assert decompose(matrix.float()).rank == 1


def test_a_gram_matrix_of_zeros_has_no_spectrum():
    with pytest.raises(InputError, match="the Gram matrix is 0"):
        decompose(torch.zeros(3, 3))


def test_the_solution_interpolates_where_the_matrix_is_regular():
    spectrum = decompose(WIDE @ WIDE.T)
    assert spectrum.rank == 30
    assert spectrum.condition == pytest.approx(9)
    solution = solve_direct(spectrum, TARGETS, 0)
    assert solution.residual < 30 * EPSILON * spectrum.condition
    assert (solution.iterations, solution.converged) == (0, True)


@pytest.mark.parametrize("design", [WIDE, TALL])
def test_weights_are_those_of_the_pseudoinverse(design):
    solution = solve_direct(decompose(design @ design.T), TARGETS, 0)
    expected = np.linalg.pinv(design.numpy()) @ TARGETS.numpy()
    np.testing.assert_allclose(design.T @ solution.coefficients, expected, atol=1e-12)
    assert solution.norm == pytest.approx(np.linalg.norm(expected))
    left = np.linalg.norm(design.numpy() @ expected - TARGETS.numpy())
    assert solution.residual == pytest.approx(left / np.linalg.norm(TARGETS), abs=1e-13)


@pytest.mark.parametrize("l2", RIDGES)
def test_ridge_regression_is_that_of_scikit_learn(l2):
    for design in (WIDE, TALL):
        matrix = design @ design.T
        spectrum = decompose(matrix)
        expected = KernelRidge(alpha=l2, kernel="precomputed").fit(matrix, TARGETS)
        solution = solve_direct(spectrum, TARGETS, l2)
        np.testing.assert_allclose(
            matrix @ solution.coefficients, expected.predict(matrix), atol=1e-11
        )
        if design is WIDE:
            np.testing.assert_allclose(solution.coefficients, expected.dual_coef_, atol=1e-12)


@pytest.mark.parametrize("design", [WIDE, TALL])
def test_a_vanishing_ridge_leads_to_the_least_norm(design):
    spectrum = decompose(design @ design.T)
    limit = solve_direct(spectrum, TARGETS, 0)
    for l2 in (1e-2, 1e-5, 1e-8):
        solution = solve_direct(spectrum, TARGETS, l2)
        error = (solution.coefficients - limit.coefficients).norm() / limit.coefficients.norm()
        # Each part shrinks by λ/(λ + ℓ2), with λ from 1 to 9.
        assert l2 / 10 < error < l2
        assert solution.norm == pytest.approx(limit.norm, rel=l2)


def test_the_norm_is_that_of_the_weights_with_a_ridge_too():
    solution = solve_direct(decompose(TALL @ TALL.T), TARGETS, 0.5)
    ridge = TALL.T @ TALL + 0.5 * torch.eye(8)
    weights = torch.linalg.solve(ridge, TALL.T @ TARGETS)
    torch.testing.assert_close(TALL.T @ solution.coefficients, weights)
    assert solution.norm == pytest.approx(float(weights.norm()))


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 1000),
    st.integers(1, 20),
    st.lists(st.floats(-6, 4), min_size=2, max_size=5, unique_by=lambda power: round(power, 2)),
)
def test_a_larger_ridge_makes_the_norm_smaller_and_the_residual_larger(seed, rank, powers):
    design = make_design(20, 20, rank, seed)
    spectrum = decompose(design @ design.T)
    targets = make_targets(20, seed=seed)
    solutions = [solve_direct(spectrum, targets, 10**power) for power in sorted(powers)]
    norms = [solution.norm for solution in solutions]
    residuals = [solution.residual for solution in solutions]
    assert np.all(np.diff(norms) < 0)
    # Where the span is small, the residual is nearly all there from the first.
    assert np.all(np.diff(residuals) > -1e-12)
    assert residuals[-1] <= 1


@pytest.mark.parametrize("l2", [0, *RIDGES])
def test_conjugate_gradients_find_the_direct_solution(l2):
    matrix = WIDE @ WIDE.T
    spectrum = decompose(matrix)
    expected = solve_direct(spectrum, TARGETS, l2)
    solution = solve_iterative(matrix, TARGETS, l2, tolerance=1e-10, max_iterations=200)
    error = (solution.coefficients - expected.coefficients).norm() / expected.coefficients.norm()
    assert error < 2e-10 * spectrum.condition
    assert solution.converged
    assert 5 < solution.iterations < 200
    assert solution.norm == pytest.approx(expected.norm)
    assert solution.residual == pytest.approx(expected.residual, abs=1e-9)


def test_conjugate_gradients_need_as_many_steps_as_there_are_eigenvalues():
    rotation = torch.linalg.qr(make_design(30, 30, 30))[0]
    matrix = rotation * torch.tensor([1.0, 2.0, 5.0]).double().repeat(10) @ rotation.T
    solution = solve_iterative(matrix, TARGETS, 0, tolerance=1e-10, max_iterations=200)
    assert (solution.iterations, solution.converged) == (3, True)


def test_conjugate_gradients_find_the_least_norm_where_targets_lie_in_the_span():
    targets = TALL @ make_design(8, 4, 4)
    expected = solve_direct(decompose(TALL @ TALL.T), targets, 0)
    solution = solve_iterative(TALL @ TALL.T, targets, 0, tolerance=1e-12, max_iterations=200)
    assert solution.converged
    torch.testing.assert_close(solution.coefficients, expected.coefficients)


def test_too_few_iterations_are_said_to_be():
    matrix = WIDE @ WIDE.T
    solution = solve_iterative(matrix, TARGETS, 0, tolerance=1e-10, max_iterations=4)
    assert (solution.iterations, solution.converged) == (4, False)
    assert 1e-10 < solution.residual < 1


def test_a_system_without_a_solution_is_not_solved_but_one_close_to_it_is():
    matrix = TALL @ TALL.T
    expected = solve_direct(decompose(matrix), TARGETS, 0)
    assert expected.residual > 0.5
    lost = solve_iterative(matrix, TARGETS, 0, tolerance=1e-6, max_iterations=50)
    assert not lost.converged
    assert not solve_iterative(0 * matrix, TARGETS, 0, 1e-6, max_iterations=5).converged
    ridge = solve_iterative(matrix, TARGETS, 1e-8, tolerance=1e-6, max_iterations=200)
    assert ridge.converged
    weights = TALL.T @ ridge.coefficients
    torch.testing.assert_close(weights, TALL.T @ expected.coefficients, rtol=1e-4, atol=1e-5)


def test_rounding_does_not_pass_for_convergence():
    matrix = (WIDE @ WIDE.T).float()
    solution = solve_iterative(matrix, TARGETS, 0, tolerance=1e-12, max_iterations=200)
    assert solution.coefficients.dtype == torch.float32
    assert not solution.converged
    assert solution.residual < 1e-5
    assert solve_iterative(matrix, TARGETS, 0, tolerance=1e-4, max_iterations=200).converged


def test_pixels_of_digits_span_61_dimensions(digits):
    # Three pixels are black in all images.
    assert decompose(digits_gram(Kernel("pixels", "linear"), digits[0])).rank == 61


def test_a_gaussian_kernel_fits_digits_and_a_linear_one_does_not(digits):
    images, targets = digits[0][:500], digits[1][:500]
    linear = solve_direct(decompose(digits_gram(Kernel("pixels", "linear"), images)), targets, 0)
    assert linear.residual > 0.3
    spectrum = decompose(digits_gram(Kernel("pixels", "gaussian", gamma=0.02), images))
    assert spectrum.rank == 500
    assert solve_direct(spectrum, targets, 0).residual < EPSILON * spectrum.condition


def sgd(design, start, batch_size, epochs, learning_rate=0.5, seed=0):
    return sgd_distances(
        design.numpy(), TARGETS.numpy(), start, learning_rate, batch_size, epochs, seed
    )


def test_sgd_from_zero_tends_to_the_least_norm():
    distances = sgd(WIDE, np.zeros((50, 4)), batch_size=5, epochs=400)
    assert distances.shape == (401,)
    assert distances[0] == 1
    assert distances[-1] < 1e-9


def test_sgd_from_elsewhere_keeps_what_of_its_start_no_row_spans():
    start = np.random.default_rng(1).standard_normal((50, 4))
    kept = start.copy()
    inverse = np.linalg.pinv(WIDE.numpy())
    outside = start - inverse @ WIDE.numpy() @ start
    distances = sgd(WIDE, start, batch_size=5, epochs=400)
    least = inverse @ TARGETS.numpy()
    assert distances[0] == pytest.approx(np.linalg.norm(start - least) / np.linalg.norm(least))
    assert distances[-1] == pytest.approx(np.linalg.norm(outside) / np.linalg.norm(least))
    assert distances[-1] > 0.1
    np.testing.assert_array_equal(start, kept)


def test_full_batches_are_gradient_descent():
    distances = sgd(WIDE, np.zeros((50, 4)), batch_size=30, epochs=6)
    # What is left after a step of gradient descent on ‖XW − Y‖²/2n, of W − W*.
    step = np.eye(50) - 0.5 / 30 * (WIDE.T @ WIDE).numpy()
    least = np.linalg.pinv(WIDE.numpy()) @ TARGETS.numpy()
    expected = [np.linalg.norm(np.linalg.matrix_power(step, t) @ least) for t in range(7)]
    np.testing.assert_allclose(distances, expected / np.linalg.norm(least))


def test_sgd_takes_rows_in_the_order_of_its_seed():
    first, again, other = (
        sgd(WIDE, np.zeros((50, 4)), batch_size=7, epochs=3, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first[1:], other[1:], rtol=1e-6)
